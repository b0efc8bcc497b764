import { describe, expect, it } from 'vitest';
import { identifierColumns } from '../../../src/domain/roster/roster-columns.js';
import {
  templateCsv,
  writeBadRowsWorkbook,
  writeTemplateWorkbook,
} from '../../../src/domain/workbook/csv-to-workbook.js';
import { workbookToCsv } from '../../../src/domain/workbook/workbook-to-csv.js';
import { rosterBytes, rosterOf, validate } from '../roster/support.js';
import { rosterRows, type TestCell, workbookOf } from './support.js';

async function csvOf(bytes: Buffer) {
  let csv = '';
  const read = await workbookToCsv(bytes, new Set(identifierColumns), (text) => {
    csv += text;
  });
  return { csv, ...read };
}
const cellOf = async (change: Readonly<Record<string, TestCell>>, column: string, options = {}) => {
  const { csv, faults } = await csvOf(workbookOf(rosterRows(change), options));
  const [head = '', row = ''] = csv.split('\n');
  return { text: row.split(',')[head.split(',').indexOf(column)], faults };
};

it('gives the same CSV as the roster it was made from', async () => {
  const { csv, rows, faults, sheet } = await csvOf(
    workbookOf(rosterRows({}, { 学号: '202301000002', 姓名: '买买提·吐尔逊' })),
  );
  expect(csv).toBe(rosterOf({}, { 学号: '202301000002', 姓名: '买买提·吐尔逊' }));
  expect([rows, faults, sheet.name]).toEqual([3, [], '名册']);
});

describe('cells', () => {
  it('writes dates by the calendar of the workbook [1900] [1904]', async () => {
    // 2004-07-10 is day 38178 after 1899-12-30, and 36716 after 1904-01-01.
    expect((await cellOf({ 出生日期: { date: 38_178 } }, '出生日期')).text).toBe('2004-07-10');
    expect((await cellOf({ 出生日期: { date: 36_716 } }, '出生日期', { date1904: true })).text).toBe('2004-07-10');
  });
  it('reads a formula as its kept text and never evaluates it [kept text] [none kept: empty]', async () => {
    expect((await cellOf({ 班级: { f: 'CONCATENATE("23","信息3班")', v: '23信息3班' } }, '班级')).text).toBe(
      '23信息3班',
    );
    expect((await cellOf({ 班级: { f: 'HYPERLINK("http://x")' } }, '班级')).text).toBe('');
  });
  it.each([
    ['学号', '202301000001', '202301000001'],
    ['学号', '2.02301000001E+11', '202301000001'],
    ['证件号码', '9.9000020040710016E+17', '9.9000020040710016E+17'],
    ['专业代码', '80904', '80904'],
    ['辅导员工号', '7', '7'],
  ])('tells of an identifier stored as a number [%s %s]', async (column, n, text) => {
    const cell = await cellOf({ [column]: { n } }, column);
    expect(cell.text).toBe(text);
    expect(cell.faults).toEqual([{ line: 2, column }]);
  });
  it('takes numbers where numbers are meant [grade] [length of study] [phone]', async () => {
    for (const [column, n, text] of [
      ['年级', '2023', '2023'],
      ['学制', '2.5', '2.5'],
      ['手机号码', '10010000000', '10010000000'],
    ] as const) {
      const cell = await cellOf({ [column]: { n } }, column);
      expect([cell.text, cell.faults]).toEqual([text, []]);
    }
  });
  it('tells of an identifier that became a date', async () => {
    expect((await cellOf({ 学号: { date: 45_000 } }, '学号')).faults).toEqual([{ line: 2, column: '学号' }]);
  });
  it('keeps line n for row n [blank row] [line break in a cell] [quote and comma]', async () => {
    const rows = rosterRows(
      { 班级: '一\n班' },
      { 学号: '202301000002', 证件类型: '护照', 证件号码: 'E12345678', 班级: 'a"b,c' },
    );
    const { csv } = await csvOf(workbookOf([rows[0]!, [], rows[1]!, rows[2]!]));
    const lines = csv.split('\n');
    expect(lines[1]?.replaceAll(',', '')).toBe('');
    expect(lines[2]).toContain('一 班');
    expect(lines[3]).toContain('"a""b,c"');
    const { summary } = await validate(csv);
    expect(summary).toMatchObject({ rows: 2, importable: 2 });
  });
});

it('refuses a sheet that is too wide, or empty, or out of order', async () => {
  await expect(csvOf(workbookOf([Array.from({ length: 201 }, () => 'x')]))).rejects.toMatchObject({
    code: 'workbook-too-large',
  });
  await expect(csvOf(workbookOf([]))).rejects.toMatchObject({ code: 'workbook-empty' });
});

it('refuses the row of an identifier stored as a number and says so once for each column', async () => {
  const csv = rosterOf({}, { 学号: '202301000002' });
  const { rows, summary } = await validate(csv, { numbersNotText: new Map([[3, ['学号', '证件号码']]]) });
  expect(rows.map((row) => 'record' in row)).toEqual([true, false]);
  expect(summary.findings).toEqual([
    { line: 3, verdict: 'reject', code: 'number-not-text', column: '学号' },
    { line: 3, verdict: 'reject', code: 'number-not-text', column: '证件号码' },
  ]);
});

it('writes refused rows that are read again as they were [guarded formula] [remarks ignored]', async () => {
  const csv = '\ufeff行号,问题代码,说明,Explanation,学号,姓名\r\n2,x,y,z,\'=1+1,"a""b"\r\n';
  const { csv: back, rows } = await csvOf(await writeBadRowsWorkbook(Buffer.from(csv)));
  expect(rows).toBe(2);
  expect(back).toBe('行号,问题代码,说明,Explanation,学号,姓名\n2,x,y,z,=1+1,"a""b"\n');
});

it('offers a template whose header is the header of a roster', async () => {
  const { csv } = await csvOf(await writeTemplateWorkbook());
  expect(csv.split('\n')[0]).toBe(templateCsv().replace('\ufeff', '').trimEnd());
  expect(rosterBytes('roster-clean.csv').toString('utf8').split(/\r?\n/)[0]).toBe(templateCsv().trimEnd());
});
