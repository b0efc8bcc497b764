import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { badRow, badRowsHead, guardFormula } from '../../../src/domain/roster/write-bad-rows.js';
import { goodRow, rosterBytes, rosterOf, validate } from './support.js';

async function badRowsOf(input: Uint8Array | string): Promise<string> {
  const { rows, header } = await validate(input);
  return badRowsHead(header.cells) + rows.map(badRow).join('');
}

describe('file of bad rows', () => {
  it('holds each refused row as it was, with line, codes and texts in front [26 rows]', async () => {
    const text = await badRowsOf(rosterBytes('roster-faulty-utf8.csv'));
    expect(text.startsWith('\ufeff行号,问题代码,说明,Explanation,学号,')).toBe(true);
    const rows = parse(text, { bom: true, relax_column_count: true });
    expect(rows).toHaveLength(27);
    expect(rows[1]!.slice(0, 5)).toEqual([
      '21',
      'sex-differs-from-identity-number',
      expect.any(String),
      expect.any(String),
      '202301000020',
    ]);
    expect(rows.find((row: string[]) => row[0] === '241')).toHaveLength(4 + 27);
    expect(rows.at(-1)?.[3]).toContain('(see line 240)');
  });

  it('is imported again once corrected [only the status was wrong]', async () => {
    const text = await badRowsOf(rosterOf({ 学籍状态: '不详', 班级: '=1+1', 学院: '信息,"工程"学院' }));
    const { rows, summary } = await validate(text.replace('不详', '休学'));
    expect(summary).toMatchObject({
      rows: 1,
      rejected: 0,
      ignored_columns: ['行号', '问题代码', '说明', 'Explanation'],
    });
    expect(rows[0]).toMatchObject({ record: { className: '=1+1', college: '信息,"工程"学院' } });
  });

  for (const cell of ['=1+1', '+1', '-1', '@A1', '\t=1', ' =1+1', '＝1', '\u200b=1']) {
    it(`guards text that a spreadsheet would execute [${JSON.stringify(cell)}]`, () => {
      expect(guardFormula(cell)).toBe(`'${cell}`);
    });
  }
  it('guards nothing else [name] [number]', () => {
    for (const cell of ['张三', '2023', 'a=b', '', goodRow['出生日期']!]) expect(guardFormula(cell)).toBe(cell);
  });
});
