import { expect, it } from 'vitest';
import { openWorkbook, WORKBOOK_LIMITS } from '../../../src/domain/workbook/open-workbook.js';
import { WorkbookError } from '../../../src/domain/workbook/workbook-error.js';
import { type Part, rosterRows, workbookOf, workbookParts, zipOf } from './support.js';

const good = workbookParts([{ name: '名册', rows: rosterRows({}) }]);
const codeOf = (bytes: Buffer, limits = WORKBOOK_LIMITS): string => {
  try {
    openWorkbook(bytes, limits);
    return 'opened';
  } catch (error) {
    if (error instanceof WorkbookError) return error.code;
    throw error;
  }
};
const changed = (name: string, change: Partial<Part>): Buffer =>
  zipOf(good.map((part) => (part.name === name ? { ...part, ...change } : part)));
const SHEET = 'xl/worksheets/sheet1.xml';

it('opens a workbook and keeps only the parts that are read', () => {
  const bytes = zipOf([
    ...good,
    { name: 'xl/media/image1.png', content: 'x' },
    { name: 'docProps/core.xml', content: '<a/>' },
  ]);
  const { parts, sheet } = openWorkbook(bytes);
  expect(sheet).toEqual({ place: 1, name: '名册', of: 1 });
  expect([...parts.keys()].sort()).toEqual(good.map((part) => part.name).sort());
});

it('reads the first visible sheet and names it [hidden one before it] [refuses when all are hidden]', () => {
  const rows = rosterRows({});
  const two = workbookParts([
    { name: '旧', rows, hidden: true },
    { name: '甲 & 乙', rows },
  ]);
  expect(openWorkbook(zipOf(two)).sheet).toEqual({ place: 2, name: '甲 & 乙', of: 2 });
  expect(codeOf(zipOf(workbookParts([{ name: '旧', rows, hidden: true }])))).toBe('workbook-empty');
});

it.each([
  ['not a zip', Buffer.from('PK\u0003\u0004 and nothing more'), 'workbook-unreadable'],
  ['empty', Buffer.alloc(0), 'workbook-unreadable'],
  ['truncated', zipOf(good).subarray(0, 900), 'workbook-unreadable'],
  ['a zip that is no workbook', zipOf([{ name: 'a.txt', content: 'a' }]), 'workbook-unreadable'],
  ['old format', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(512)]), 'workbook-old-format'],
  [
    'password',
    Buffer.concat([
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      Buffer.alloc(512),
      Buffer.from('EncryptedPackage', 'utf16le'),
    ]),
    'workbook-encrypted',
  ],
  ['encrypted entry', changed(SHEET, { flags: 1 }), 'workbook-encrypted'],
  ['macros', zipOf([...good, { name: 'xl/vbaProject.bin', content: 'x' }]), 'workbook-macros'],
  [
    'macros by type',
    changed('[Content_Types].xml', {
      content: '<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>',
    }),
    'workbook-macros',
  ],
  ['path upwards', zipOf([...good, { name: '../../etc/passwd', content: 'x' }]), 'workbook-unreadable'],
  ['path from the root', zipOf([...good, { name: '/etc/passwd', content: 'x' }]), 'workbook-unreadable'],
  ['a name twice', zipOf([...good, { name: SHEET.toUpperCase(), content: 'x' }]), 'workbook-unsafe'],
  ['states less than there is', changed(SHEET, { states: 40 }), 'workbook-unsafe'],
  ['states more than there is', changed(SHEET, { states: 400_000 }), 'workbook-unsafe'],
  ['wrong checksum', changed(SHEET, { crc: 1 }), 'workbook-unsafe'],
  ['entities', changed(SHEET, { content: '<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>' }), 'workbook-unsafe'],
  ['UTF-16', changed(SHEET, { content: Buffer.from('\ufeff<worksheet/>', 'utf16le') }), 'workbook-unsafe'],
  [
    'another encoding',
    changed(SHEET, { content: '<?xml version="1.0" encoding="UTF-7"?><worksheet/>' }),
    'workbook-unsafe',
  ],
  [
    'sheet elsewhere',
    changed('xl/_rels/workbook.xml.rels', {
      content: '<Relationships><Relationship Id="rId1" TargetMode="External" Target="http://x/"/></Relationships>',
    }),
    'workbook-unreadable',
  ],
])('refuses a hostile or wrong file [%s]', (_what, bytes, code) => {
  expect(codeOf(bytes)).toBe(code);
});

it('stops a zip bomb before it is inflated [stated size] [many entries] [one lies about its size]', () => {
  const limits = { maxEntries: 20, maxEntryBytes: 1 << 20, maxTotalBytes: 1 << 21 };
  const zeros = Buffer.alloc(4 << 20, 0x20);
  expect(codeOf(changed(SHEET, { content: zeros }), limits)).toBe('workbook-too-large');
  const many = Array.from({ length: 30 }, (_, index) => ({ name: `xl/a${index}.xml`, content: '<a/>' }));
  expect(codeOf(zipOf([...good, ...many]), limits)).toBe('workbook-too-large');
  // 4 MB behind a directory that says 1 kB: inflating ends at what it says.
  expect(codeOf(changed(SHEET, { content: zeros, states: 1024 }), limits)).toBe('workbook-unsafe');
});

it('refuses two entries over the same bytes', () => {
  const bytes = zipOf(good);
  const directory = bytes.readUInt32LE(bytes.length - 6);
  const second = bytes.indexOf(Buffer.from('PK\u0001\u0002', 'latin1'), directory + 4);
  // The second entry says that it begins where the first does; its local name tells.
  bytes.writeUInt32LE(0, second + 42);
  expect(codeOf(bytes)).toBe('workbook-unsafe');
});

it('refuses merged cells and names them', () => {
  const bytes = zipOf(workbookParts([{ name: 'a', rows: rosterRows({}), merged: 'A1:C1' }]));
  expect(() => openWorkbook(bytes)).toThrowError(
    expect.objectContaining({ code: 'workbook-merged-cells', places: ['A1:C1'] }),
  );
  expect(codeOf(workbookOf(rosterRows({})))).toBe('opened');
});
