import { readFileSync } from 'node:fs';
import iconv from 'iconv-lite';
import type { RosterRow } from '../../../src/domain/roster/roster-row.js';
import type { RosterContext } from '../../../src/domain/roster/validate-roster.js';
import { validateRoster } from '../../../src/domain/roster/validate-roster.js';

export const context: RosterContext = {
  universityCode: '4199090001',
  decodeGb18030: () => iconv.getDecoder('gb18030'),
};

export const rosterFolder = new URL('../../../../testdata/rosters/', import.meta.url);
export const rosterBytes = (name: string) => readFileSync(new URL(name, rosterFolder));

export async function* inPieces(bytes: Uint8Array, pieceBytes = 4096): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes);
}

export async function validate(
  input: Uint8Array | string,
  changes: Partial<RosterContext> & { pieceBytes?: number } = {},
) {
  const bytes = typeof input === 'string' ? Buffer.from(input, 'utf8') : input;
  const validation = validateRoster(inPieces(bytes, changes.pieceBytes), { ...context, ...changes });
  const rows: RosterRow[] = [];
  for await (const batch of validation.batches) rows.push(...batch);
  return { rows, summary: validation.summary(), header: validation.header(), encoding: validation.encoding() };
}

/** A row that passes every check, by header name. */
export const goodRow: Readonly<Record<string, string>> = {
  学号: '202301000001',
  姓名: '邓涛波',
  性别: '男',
  出生日期: '2004-07-10',
  民族: '汉族',
  证件类型: '居民身份证',
  证件号码: '990000200407100018',
  院校代码: '90001',
  学院: '工学院',
  专业代码: '080904K',
  专业: '信息安全',
  班级: '23信息3班',
  年级: '2023',
  培养层次: '本科',
  学制: '4',
  学习形式: '全日制',
  入学日期: '2023-09-01',
  预计毕业日期: '2027-06-30',
  学籍状态: '在籍在读',
  校区: '花都校区',
  乘车区间起点: '广州南',
  乘车区间终点: '兰州西',
  手机号码: '10010000000',
  电子邮箱: 's1@example.edu',
  辅导员工号: 'T0007',
};

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** CSV of rows that differ from the good one in the cells given. */
export function rosterOf(...changes: readonly Readonly<Record<string, string>>[]): string {
  const lines = changes.map((change) =>
    Object.values({ ...goodRow, ...change })
      .map(quoted)
      .join(','),
  );
  return `${[Object.keys(goodRow).join(','), ...lines].join('\n')}\n`;
}

/** Verdict and code of each finding about one row that differs from the good one in the cells given. */
export async function findingsOf(change: Readonly<Record<string, string>>): Promise<string[]> {
  const { summary } = await validate(rosterOf(change));
  return summary.findings.map((finding) => `${finding.verdict} ${finding.code}`);
}

/** The record of a row that must be importable. */
export async function recordOf(change: Readonly<Record<string, string>>) {
  const { rows } = await validate(rosterOf(change));
  const row = rows[0];
  if (row === undefined || !('record' in row)) throw new Error(`rejected: ${JSON.stringify(row)}`);
  return row.record;
}
