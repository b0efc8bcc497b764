// Draws the demo's portraits: plainly synthetic faces, 240 x 320, at most 12 kB each. Run by hand when they change.
import { mkdirSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const folder = new URL('../launcher/assets/portraits/', import.meta.url).pathname;
const skins = ['#EBC3A0', '#F2D3B8', '#D9A47C', '#C68E66'];
const hairs = ['#2A211D', '#3A2A22', '#1D1D26', '#5A4030'];
const grounds = ['#86ADD8', '#9CC5B0', '#C9B8DC', '#DCC7A0', '#A9B7C6', '#D8A9A0'];
const clothes = ['#F3F6FA', '#2E4A7D', '#7A2E3A', '#2F5D46'];

function face(index) {
  const pick = (list, step) => list[Math.floor(index / step) % list.length];
  const long = index % 2 === 0;
  const hair = pick(hairs, 3);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="320" viewBox="0 0 240 320">
  <rect width="240" height="320" fill="${grounds[index % grounds.length]}"/>
  ${long ? `<path d="M66 130c-10-70 20-96 54-96s64 26 54 96c0 46 2 74 8 96H58c6-22 8-50 8-96z" fill="${hair}"/>` : ''}
  <path d="M20 320c6-66 46-90 100-90s94 24 100 90z" fill="${pick(clothes, 2)}"/>
  <path d="M98 190h44v56c0 14-44 14-44 0z" fill="${pick(skins, 1)}"/>
  <ellipse cx="120" cy="142" rx="50" ry="60" fill="${pick(skins, 1)}"/>
  <path d="M70 128c0-52 24-72 50-72s50 20 50 72c-12-22-30-34-50-34s-38 12-50 34z" fill="${hair}"/>
  ${index % 3 === 0 ? '<g fill="none" stroke="#333" stroke-width="3"><circle cx="100" cy="144" r="14"/><circle cx="140" cy="144" r="14"/><path d="M114 144h12"/></g>' : ''}
  <circle cx="100" cy="144" r="5" fill="#222"/><circle cx="140" cy="144" r="5" fill="#222"/>
  <path d="M104 ${172 + (index % 4)}c10 ${6 + (index % 5)} 22 ${6 + (index % 5)} 32 0" fill="none" stroke="#8A4A3A" stroke-width="4" stroke-linecap="round"/>
  <text x="12" y="34" font-size="22" font-family="sans-serif" fill="#12305C">示例 ${index + 1}</text></svg>`;
}

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 240, height: 320 } });
for (let index = 0; index < 24; index += 1) {
  await page.setContent(`<style>*{margin:0}</style>${face(index)}`);
  const jpeg = await page.screenshot({ type: 'jpeg', quality: 72 });
  if (jpeg.length > 12_000) throw new Error(`portrait ${index} has ${jpeg.length} bytes`);
  writeFileSync(`${folder}${String(index + 1).padStart(2, '0')}.jpg`, jpeg);
}
await browser.close();
