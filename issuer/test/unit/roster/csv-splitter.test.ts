import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCsvSplitter } from '../../../src/domain/roster/csv-splitter.js';

function split(
  text: string | Uint8Array,
  options: { pieceBytes?: number; maxRecordBytes?: number; width?: number } = {},
) {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  const splitter = createCsvSplitter({ maxRecordBytes: options.maxRecordBytes ?? 65_536 });
  if (options.width !== undefined) splitter.expectWidth(options.width);
  const piece = options.pieceBytes ?? bytes.length + 1;
  const records = [];
  for (let from = 0; from < bytes.length; from += piece)
    records.push(...splitter.push(bytes.subarray(from, from + piece)));
  return [...records, ...splitter.end()].map(({ line, cells, fault }) => ({
    line,
    cells,
    ...(fault ? { fault } : {}),
  }));
}

const cell = fc.string({
  unit: fc.constantFrom('a', '1', ',', '"', '\n', '\r', '学', '𠮷', ' ', '=', 'é'),
  maxLength: 6,
});
const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 });
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe('csv splitter', () => {
  it('reads what csv-parse reads, in whatever pieces it arrives [property]', () => {
    fc.assert(
      fc.property(
        table,
        lineEnd,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        (rows, end, all, last, piece) => {
          const text =
            rows.map((row) => row.map((one) => (all || /[",\r\n]/.test(one) ? quoted(one) : one)).join(',')).join(end) +
            (last ? end : '');
          const oracle = parse(text, {
            record_delimiter: ['\r\n', '\n', '\r'],
            relax_column_count: true,
            skip_empty_lines: true,
            info: true,
          }) as unknown as { record: string[] }[];
          const ours = split(text, { pieceBytes: piece });
          expect(ours.map((record) => record.cells)).toEqual(oracle.map((record) => record.record));
          expect(split(text)).toEqual(ours);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never throws, never loops, and counts lines alike in whatever pieces [property, any bytes]', () => {
    const bytes = fc
      .array(fc.constantFrom(0x22, 0x2c, 0x0a, 0x0d, 0x61, 0xff, 0xe5), { maxLength: 60 })
      .map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 7 }), (input, piece) => {
        expect(split(input, { pieceBytes: piece, width: 2 })).toEqual(split(input, { width: 2 }));
      }),
      { numRuns: 2000 },
    );
  });

  it('numbers a record by the line it starts on [quoted line breaks] [blank lines] [CRLF, CR]', () => {
    expect(split('h,i\n\n"a\nb\r\nc",1\n\n2,3\n').map((record) => record.line)).toEqual([1, 3, 7]);
    expect(split('h\r\n\r\nx\r\n').map((record) => record.line)).toEqual([1, 3]);
    expect(split('h\r\rx\r').map((record) => record.line)).toEqual([1, 3]);
  });

  it('keeps a quote inside an unquoted cell as text [inch sign]', () => {
    expect(split('a,5" disk,b\n')).toEqual([{ line: 1, cells: ['a', '5" disk', 'b'] }]);
  });

  it('names text after a closing quote', () => {
    expect(split('"a"b,c\nd,e\n')).toEqual([
      { line: 1, cells: ['ab', 'c'], fault: 'quote-misplaced' },
      { line: 2, cells: ['d', 'e'] },
    ]);
  });

  it('loses one row to an unclosed quote, not the rest [end of file] [another quote later] [too long]', () => {
    const rows = 'h,i\n"a,1\nb,2\nc,3\n';
    const lost = { line: 2, cells: ['"a', '1'], fault: 'quote-unclosed' };
    expect(split(rows)).toMatchObject([{}, lost, { line: 3, cells: ['b', '2'] }, { line: 4, cells: ['c', '3'] }]);
    const later = split(`${rows}"d",4\n`, { width: 2 });
    expect(later).toMatchObject([{}, lost, { line: 3 }, { line: 4 }, { line: 5, cells: ['d', '4'] }]);
    const long = split(rows + 'x,y\n'.repeat(50), { maxRecordBytes: 40, pieceBytes: 7 });
    expect(long).toHaveLength(54);
    expect(long[1]).toMatchObject(lost);
  });

  it('names a row over the size limit and goes on after it [complete] [arriving in pieces]', () => {
    const text = `h,i\n${'x'.repeat(500)},1\nb,2\n`;
    for (const pieceBytes of [1000, 16]) {
      const records = split(text, { maxRecordBytes: 100, pieceBytes });
      expect(records).toMatchObject([{ line: 1 }, { line: 2, fault: 'row-too-large' }, { line: 3, cells: ['b', '2'] }]);
    }
  });
});
