import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkbookReader } from '../../../src/adapters/children/workbook-reader.js';
import { identifierColumns } from '../../../src/domain/roster/roster-columns.js';
import { workbookToCsv } from '../../../src/domain/workbook/workbook-to-csv.js';
import { rosterRows, type TestCell, workbookOf, workbookParts, zipOf } from '../../unit/workbook/support.js';
import { startIssuer, type TestIssuer } from '../support/start-issuer.js';

let issuer: TestIssuer;
// A folder of its own, so that what is left behind is ours.
process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'lanyard-workbooks-'));
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(async () => {
  await issuer.close();
  rmSync(tmpdir(), { recursive: true, force: true });
});

function temporary(): string[] {
  return readdirSync(tmpdir()).filter((name) => /^lanyard-(roster|sheet|bad-rows)-/.test(name));
}
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
interface Answer {
  state: string;
  code?: string;
  detail?: string;
  file_digest: string;
  format: string;
  sheet: object;
  findings: { line: number; code: string; column?: string; columns?: string[] }[];
  difference: Record<string, number>;
}
async function send(bytes: Buffer, query = ''): Promise<[number, Answer]> {
  const answer = await issuer.operator(`/v1/roster-imports${query}`, { bytes, type: XLSX });
  return [answer.status, (await answer.json()) as Answer];
}
const passport = (at: number): Record<string, TestCell> => ({
  学号: `20240100000${at}`,
  证件类型: '护照',
  证件号码: `E0000000${at}`,
});
const workbook = workbookOf(rosterRows({}, passport(2), { ...passport(3), 学号: { n: '2.0240100000E+11' } }));

it('checks and applies a workbook by the same bytes, and the second time nothing changes', async () => {
  const [status, dry] = await send(workbook, '?dry_run=true');
  expect([status, dry.state, dry.format, dry.sheet]).toEqual([200, 'dry-run', 'xlsx', { name: '名册', of: 1 }]);
  expect(dry.file_digest).toBe(createHash('sha256').update(workbook).digest('hex'));
  expect(dry.findings).toEqual([{ line: 4, verdict: 'reject', code: 'number-not-text', column: '学号' }]);
  const [applied, report] = await send(workbook);
  expect([applied, report.state, report.difference['new']]).toEqual([201, 'applied', 2]);
  expect(report.file_digest).toBe(dry.file_digest);
  const [, again] = await send(workbook);
  expect(again.difference).toMatchObject({ new: 0, changed: 0, unchanged: 2 });
});

it('gives refused rows back as a workbook with reasons in both languages, which imports once mended', async () => {
  const answer = await issuer.operator('/v1/roster-bad-rows?format=xlsx', { bytes: workbook, type: XLSX });
  expect(answer.headers.get('content-type')).toBe(XLSX);
  let csv = '';
  await workbookToCsv(Buffer.from(await answer.arrayBuffer()), new Set(), (text) => {
    csv += text;
  });
  const [head, row] = csv.split('\n');
  expect(head).toMatch(/^行号,问题代码,说明,Explanation,学号,/);
  expect(row).toMatch(/^4,number-not-text,.*存为数字.*,The workbook stores/s);
  const mended = csv.replace('202401000000,', '202401000003,');
  const imported = await issuer.operator('/v1/roster-imports', { bytes: Buffer.from(mended), type: 'text/csv' });
  expect(((await imported.json()) as Answer).difference['new']).toBe(1);
});

it('refuses with a code of its own [password] [macros] [old format] [merged] [not a workbook] [bomb]', async () => {
  const parts = workbookParts([{ name: 'a', rows: rosterRows({}) }]);
  const ole = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);
  for (const [bytes, status, detail] of [
    [Buffer.concat([ole, Buffer.from('EncryptedPackage', 'utf16le')]), 422, 'workbook-encrypted'],
    [zipOf([...parts, { name: 'xl/vbaProject.bin', content: '' }]), 422, 'workbook-macros'],
    [ole, 422, 'workbook-old-format'],
    [zipOf(workbookParts([{ name: 'a', rows: rosterRows({}), merged: 'A1:B1' }])), 422, 'workbook-merged-cells'],
    [Buffer.from('PK\u0003\u0004not so', 'latin1'), 422, 'workbook-unreadable'],
    [zipOf([...parts, { name: 'xl/big.xml', content: '', states: 1_000_000_000 }]), 413, 'workbook-too-large'],
  ] as const) {
    const [answered, problem] = await send(bytes, '?dry_run=true');
    expect([answered, problem.detail, problem.findings[0]?.code]).toEqual([status, detail, detail]);
  }
});

it('offers a template [xlsx] [csv] and leaves no file behind', async () => {
  for (const [format, head] of [
    ['xlsx', 'PK'],
    ['csv', '\ufeff学'],
  ] as const) {
    const answer = await issuer.operator(`/v1/roster-template?format=${format}`);
    expect(answer.headers.get('content-disposition')).toContain(`roster-template.${format}`);
    expect(
      Buffer.from(await answer.arrayBuffer())
        .toString('utf8')
        .slice(0, 2),
    ).toBe(head);
  }
  expect((await issuer.operator('/v1/roster-template?format=pdf')).status).toBe(400);
  expect(temporary()).toEqual([]);
});

describe('the child process', () => {
  it('is ended by a sheet that grows without end, and the next file is read by a new one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanyard-hostile-'));
    const reader = createWorkbookReader({ heapMb: 96, residentMb: 400, timeoutMs: 30_000 });
    try {
      const parts = workbookParts([{ name: 'a', rows: [] }]).map((part) =>
        part.name.includes('sheet1')
          ? {
              ...part,
              content:
                '<worksheet><sheetData><row r="999999999"><c r="A999999999"><v>1</v></c></row></sheetData></worksheet>',
            }
          : part,
      );
      const [bad, good] = [join(folder, 'bad'), join(folder, 'good')];
      writeFileSync(bad, zipOf(parts));
      writeFileSync(good, workbookOf(rosterRows({})));
      const rowsOf = (path: string) => reader.withCsv(path, identifierColumns, async (_csv, read) => read.rows);
      const both = await Promise.allSettled([rowsOf(bad), rowsOf(good)]);
      expect(both).toMatchObject([
        { status: 'rejected', reason: { code: 'workbook-too-large' } },
        { status: 'fulfilled', value: 2 },
      ]);
    } finally {
      await reader.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
