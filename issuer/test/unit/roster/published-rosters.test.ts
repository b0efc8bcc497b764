import { describe, expect, it } from 'vitest';
import { rosterBytes, validate } from './support.js';

interface Expected {
  readonly rows: number;
  readonly importable: number;
  readonly rejected: number;
  readonly findings: readonly { line: number; verdict: string; code: string; same_as_line?: number }[];
}

describe('published rosters', () => {
  for (const name of ['roster-clean', 'roster-faulty-utf8', 'roster-faulty-gb18030']) {
    for (const pieceBytes of [1 << 16, 997]) {
      it(`finds what is expected and rejects nothing else [${name}] [pieces of ${pieceBytes} bytes]`, async () => {
        const expected: Expected = JSON.parse(rosterBytes(`${name}.expected.json`).toString('utf8'));
        const { summary } = await validate(rosterBytes(`${name}.csv`), { pieceBytes });
        expect([summary.rows, summary.importable, summary.rejected]).toEqual([
          expected.rows,
          expected.importable,
          expected.rejected,
        ]);
        for (const finding of expected.findings) {
          expect(summary.findings).toContainEqual(expect.objectContaining(finding));
        }
        const rejects = (findings: readonly { line: number; verdict: string }[]) => [
          ...new Set(findings.filter((finding) => finding.verdict === 'reject').map((finding) => finding.line)),
        ];
        expect(rejects(summary.findings)).toEqual(rejects(expected.findings));
        const listed = new Set(expected.findings.map((finding) => finding.line));
        expect(summary.findings.filter((finding) => !listed.has(finding.line))).toEqual([]);
      });
    }
  }

  it('tells the encoding from the header [GB 18030] [UTF-8]', async () => {
    expect((await validate(rosterBytes('roster-faulty-gb18030.csv'))).encoding).toBe('gb18030');
    expect((await validate(rosterBytes('roster-clean.csv'))).encoding).toBe('utf-8');
  });

  it('applies every repair [middle dot, zero width, white space, full width, dates, check character]', async () => {
    const { rows } = await validate(rosterBytes('roster-faulty-utf8.csv'));
    const record = (line: number) => {
      const row = rows.find((candidate) => candidate.line === line);
      return row !== undefined && 'record' in row ? row.record : undefined;
    };
    expect(record(143)?.name).toBe('买买提·吐尔逊');
    expect(record(31)?.name).toBe('姚军艳');
    expect(record(27)?.name).toBe('邱轩建');
    expect(record(105)?.studentNumber).toBe('202405000104');
    expect(record(40)?.birthDate).toBe('2004-03-01');
    expect(record(158)?.entryDate).toBe('2024-09-01');
    expect(record(226)?.identityNumber).toBe('99000020070507003X');
    expect(record(97)?.className).toBe('=1+1');
  });

  it('keeps rare ideographs of both planes as they are [GB 18030 four-byte]', async () => {
    const { rows } = await validate(rosterBytes('roster-faulty-gb18030.csv'));
    const names = rows.map((row) => ('record' in row ? row.record.name : ''));
    expect(names).toContain('张𬭎');
    expect(names).toContain('王㛃');
  });
});
