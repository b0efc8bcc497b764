import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import QRCode from 'qrcode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../../packages/platform/test/support/browser.js';
import { type Agent, createAgentHome, startAgent } from '../support/agent-process.js';
import { type Campus, createCampus, policy } from '../support/campus.js';
import { type SmallVerifier, startSmallVerifier } from '../support/small-verifier.js';
import { until } from '../support/until.js';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where screenshots are left for people to look at; none are kept without it. */
const shots = process.env['LANYARD_SHOTS'];
const verifierPort = 7280;
const agentPort = 7281;

describe('the pages of an agent', () => {
  let campus: Campus;
  let verifier: SmallVerifier;
  let agent: Agent;
  let browser: Browser;
  const home = createAgentHome();
  const faults: string[] = [];
  let sequence = 20;

  beforeAll(async () => {
    campus = createCampus(12);
    verifier = await startSmallVerifier(verifierPort, campus.enrolment);
    agent = await startAgent({ port: agentPort, home, verifierUrl: verifier.url });
    await agent.ready();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await agent.kill('SIGTERM');
    await verifier.stop();
    rmSync(home, { recursive: true, force: true });
  });
  const watch = (page: Page) => {
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  };
  /** Accessibility, sight and sense of what is on the glass now. */
  const look = async (page: Page, name: string, shape: string) => {
    await page.waitForSelector(`[role=alert] use[href="#${shape}"]`);
    if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`) });
    // First what is quick: a verdict leaves the glass while a busy machine is still looking.
    expect(await page.locator('[role=alert]').count()).toBe(1);
    const outside = await page.evaluate(() =>
      [...document.querySelectorAll('main *')]
        .filter((e) => {
          const { right, bottom } = e.getBoundingClientRect();
          return right > innerWidth + 1 || bottom > innerHeight + 1;
        })
        .map((e) => e.className.toString()),
    );
    expect(outside).toEqual([]);
    await page.evaluate(axeSource);
    const found = await page.evaluate(() =>
      (window as unknown as { axe: typeof import('axe-core') }).axe.run(document).then(({ violations }) => violations),
    );
    expect(found.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html)}`)).toEqual([]);
  };

  it.each([
    ['1280', 1280, 800],
    ['390', 390, 780],
  ])(
    'show the three verdicts, each with its own shape, and go back to ready [%s wide]',
    async (name, width, height) => {
      const page = await browser.newPage({ viewport: { width, height } });
      watch(page);
      await page.goto(`${agent.url}/`);
      await page.waitForSelector('.ready');
      await agent.decide(campus.persons[0]!.code());
      // Only the first page finds an agent that has no package yet.
      if (name === '1280') await look(page, `cannot-decide-${name}`, 'shape-unk');
      verifier.state.package = { sequence: 5, envelope: campus.full({ sequence: 5 }, 10, [4]) };
      await until(async () => (await agent.status())['package_sequence'] === 5);
      await agent.decide(campus.persons[4]!.code());
      await look(page, `rejected-${name}`, 'shape-bad');
      await agent.decide(campus.persons[1]!.code());
      await look(page, `accepted-${name}`, 'shape-ok');
      await page.waitForSelector('.ready', { timeout: 5_000 });
      expect(await page.locator('img, [role=alert]').count()).toBe(0);
      await page.close();
      expect(faults).toEqual([]);
    },
  );

  it.each([
    ['1280', 1280, 800],
    ['390', 390, 780],
  ])('show the challenge, and an emergency while it lasts [%s wide]', async (name, width, height) => {
    const page = await browser.newPage({ viewport: { width, height } });
    watch(page);
    const give = async (part: Parameters<Campus['full']>[0]) => {
      sequence += 1;
      verifier.state.package = { sequence, envelope: campus.full({ sequence, ...part }, sequence) };
      verifier.state.fullPackage = verifier.state.package.envelope;
      await until(async () => (await agent.status())['package_sequence'] === sequence, 20_000);
    };
    const see = async (selector: string, shot: string) => {
      await page.waitForSelector(selector);
      if (shots !== undefined) await page.screenshot({ path: join(shots, `${shot}-${name}.png`) });
      await page.evaluate(axeSource);
      const found = await page.evaluate(() =>
        (window as unknown as { axe: typeof import('axe-core') }).axe
          .run(document)
          .then(({ violations }) => violations),
      );
      expect(found.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html)}`)).toEqual([]);
    };
    const now = Math.floor(Date.now() / 1000);
    await give({ policy: { ...policy, requires_challenge: true } });
    await page.goto(`${agent.url}/`);
    await see('.challenge', 'kiosk-challenge');
    await give({ emergencyMode: { mode: 'open', fromSeconds: now - 1, untilSeconds: now + 600 } });
    await see('.mode-open', 'kiosk-open');
    await give({ emergencyMode: { mode: 'lock', fromSeconds: now - 1, untilSeconds: now + 600 } });
    await see('.mode-lock', 'kiosk-lock');
    await agent.decide(campus.persons[3]!.code());
    await see('[role=alert]', 'kiosk-locked-out');
    await give({});
    await page.waitForSelector('.ready:not(.mode-lock)', { timeout: 15_000 });
    await page.close();
    expect(faults).toEqual([]);
  });

  it('keep a code green that is held before the camera for five seconds', async () => {
    const folder = join(home, 'film');
    mkdirSync(folder);
    const film = join(folder, 'code.y4m');
    writeFileSync(film, stillFilm(campus.persons[2]!.code()));
    const own = await launchBrowser([
      ...['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
      `--use-file-for-fake-video-capture=${film}`,
    ]);
    try {
      const page = await own.newPage({ viewport: { width: 800, height: 900 } });
      watch(page);
      const before = (await agent.status())['journal'].end;
      await page.goto(`${agent.url}/camera`);
      await page.waitForSelector('[role=alert] use[href="#shape-ok"]', { timeout: 10_000 });
      if (shots !== undefined) await page.screenshot({ path: join(shots, 'camera.png') });
      const end = Date.now() + 5_000;
      while (Date.now() < end) {
        expect(await page.locator('.verdict-ok').count()).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect((await agent.status())['journal']['end']).toBe(before + 1);
      expect(faults).toEqual([]);
    } finally {
      await own.close();
    }
  });
});

/** A film of one QR code, 640 x 480, as YUV4MPEG2. */
function stillFilm(text: string): Buffer {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'L' });
  const [width, height, scale] = [640, 480, 8];
  const left = Math.floor((width - modules.size * scale) / 2);
  const top = Math.floor((height - modules.size * scale) / 2);
  const luma = Buffer.alloc(width * height, 235);
  for (let y = 0; y < modules.size * scale; y++) {
    for (let x = 0; x < modules.size * scale; x++) {
      if (modules.get(Math.floor(y / scale), Math.floor(x / scale))) luma[(top + y) * width + left + x] = 16;
    }
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((width * height) / 2, 128)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F15:1 Ip A1:1 C420jpeg\n`), frame, frame]);
}
