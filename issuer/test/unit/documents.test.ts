import { describe, expect, it } from 'vitest';
import { readCode } from '../../../reader-agent/test/support/read-code.js';
import type { CaseDocument } from '../../src/domain/cases/case-document.js';
import { drawDocument } from '../../src/domain/documents/draw-document.js';
import { textWidth, wrapText } from '../../src/domain/documents/measure-text.js';
import { qrCode } from '../../src/domain/documents/qr-code.js';
import { writePdf } from '../../src/domain/documents/write-pdf.js';

/** As a camera sees it: three pixels for a module, four modules of quiet around. */
function read(text: string): string | undefined {
  const rows = qrCode(text);
  const width = (rows.length + 8) * 3;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (let y = 12; y < width - 12; y += 1)
    for (let x = 12; x < width - 12; x += 1)
      if (rows[Math.floor(y / 3) - 4]?.[Math.floor(x / 3) - 4] === true) {
        const at = (y * width + x) * 4;
        pixels.fill(0, at, at + 3);
      }
  return readCode(pixels, width);
}

describe('a QR code', () => {
  it('of every length up to 180 bytes is read by another’s decoder', () => {
    for (let length = 1; length <= 180; length += length < 20 ? 1 : 4) {
      const text = Array.from({ length }, (_, at) => String.fromCharCode(33 + ((at * 7 + length * 13) % 90))).join('');
      expect(read(text)).toBe(text);
    }
    expect(read('https://verifier.example.edu.cn/d#AbCdEfGhIjKlMnOpQrStUv')).toContain('#AbCdEfGhIjKlMnOpQrStUv');
  });
  it.each([181, 5_000])('of more is refused [%i]', (length) => {
    expect(() => qrCode('x'.repeat(length))).toThrow(RangeError);
  });
  it('grows with its text, from 21 modules to 53', () => {
    expect([1, 14, 15, 180].map((length) => qrCode('x'.repeat(length)).length)).toEqual([21, 21, 25, 53]);
  });
});

describe('a line', () => {
  it('is as long as its letters, and Chinese ones are square', () => {
    expect(textWidth('中文', 12)).toBe(24);
    expect(textWidth('iW', 1000)).toBe(222 + 944);
    expect(textWidth('', 12)).toBe(0);
  });
  it('is broken between Chinese letters and between words, never before a dot', () => {
    expect(wrapText('阿里木·买买提', 10, 40)).toEqual(['阿里木·', '买买提']);
    expect(wrapText('one two three', 10, 45)).toEqual(['one two', 'three']);
    expect(wrapText('abcdefghij', 10, 20).join('')).toBe('abcdefghij');
    expect(wrapText('', 10, 40)).toEqual(['']);
  });
});

const words = (zh: string, en = zh) => ({ zh, en });
const documentOf = (facts: number): CaseDocument => ({
  ...{ number: '2026-000001', state: 'valid', title: words('在读证明', 'Certificate of enrolment') },
  ...{ university: '示例大学', issued_on: '2026-11-29', expires_on: '2027-05-28' },
  facts: Array.from({ length: facts }, (_, at) => ({
    title: words(`第 ${at} 项`, `Fact ${at}`),
    value: words(at % 3 === 0 ? '很长'.repeat(60) : '短', 'a long story '.repeat(at % 4)),
  })),
});
const LINK = 'https://verifier.example.edu.cn/d#AbCdEfGhIjKlMnOpQrStUv';

/** Reads the table of objects as a strict reader does: every offset leads to its object, every length is right. */
function objectsOf(pdf: Buffer): string[] {
  const file = pdf.toString('latin1');
  expect(file.startsWith('%PDF-1.7\n')).toBe(true);
  expect(file.endsWith('%%EOF\n')).toBe(true);
  const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(file)?.[1]);
  const table = /^xref\n0 (\d+)\n((?:\d{10} \d{5} [nf] \n)+)trailer\n<< \/Size (\d+) /.exec(file.slice(start));
  const entries = table?.[2]?.match(/.{20}/gs) ?? [];
  expect(entries).toHaveLength(Number(table?.[1]));
  expect(table?.[3]).toBe(table?.[1]);
  return entries.slice(1).map((entry, at) => {
    const object = file.slice(Number(entry.slice(0, 10)));
    expect(object.startsWith(`${at + 1} 0 obj\n`)).toBe(true);
    const body = object.slice(0, object.indexOf('\nendobj\n'));
    const stream = /<< \/Length (\d+) >>\nstream\n(.*)endstream$/s.exec(body);
    if (stream !== null) expect(stream[2]).toHaveLength(Number(stream[1]));
    return body;
  });
}

describe('a document', () => {
  it.each([1, 8, 20])('is a PDF whose every object is where it says [%i facts]', (facts) => {
    const objects = objectsOf(drawDocument(documentOf(facts), LINK));
    const pages = objects.filter((object) => object.includes('/Type /Page '));
    expect(pages.length > 1).toBe(facts > 1);
    // The code is on each page.
    for (const page of pages) expect(page).toContain(`/URI <${Buffer.from(LINK).toString('hex')}>`);
    const uses = objects.join('\n').match(/(\d+) 0 R/g) ?? [];
    for (const use of uses) expect(Number.parseInt(use, 10)).toBeLessThanOrEqual(objects.length);
  });
  it('is the same file each time, and has nothing that runs', () => {
    const [one, other] = [drawDocument(documentOf(8), LINK), drawDocument(documentOf(8), LINK)];
    expect(one.equals(other)).toBe(true);
    expect(one.toString('latin1')).not.toMatch(/JavaScript|\/JS|\/Launch|\/EmbeddedFile|\/AcroForm/);
  });
  it('lets no text out of its place [a bracket] [an operator] [a line end] [a letter beyond two bytes]', () => {
    const text = ') Tj ET\nendstream endobj 𠮷 <>';
    const file = writePdf({
      ...{ title: text, createdOn: '2026-11-29' },
      pages: [[{ is: 'text', x: 1, y: 1, size: 10, text }]],
    });
    expect(file.toString('latin1')).not.toContain('endobj 𠮷');
    expect(objectsOf(file)).toHaveLength(9);
    expect(file.toString('latin1')).toContain('<d842dfb7>');
  });
  it('refuses a link that is none', () => {
    const link = { is: 'link', x: 0, y: 0, width: 1, height: 1, uri: 'no link' } as const;
    expect(() => writePdf({ title: '', createdOn: '2026-11-29', pages: [[link]] })).toThrow(TypeError);
  });
});
