import { parseQuotedRecord, type RecordFault } from './csv-quoted-record.js';

/** One record of the file. `cells` of a faulty record hold its first physical line, so that a person can find it. */
export interface CsvRecord {
  /** Line in the file where the record starts; the first is 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** The record as text, for checks over the whole row; quotes are gone. */
  readonly text: string;
  readonly fault?: RecordFault | 'row-too-large';
}

export interface CsvSplitter {
  push(chunk: Uint8Array): CsvRecord[];
  end(): CsvRecord[];
  /**
   * Tells how many cells a record should have. A record over several lines with another number is taken for a quote
   * that was never closed, so that one stray quote costs one row and not everything up to the next quote.
   */
  expectWidth(cells: number): void;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const quoteMark = 0x22;
const empty = Buffer.alloc(0);

/**
 * Splits UTF-8 CSV (RFC 4180; LF, CRLF or CR; blank lines skipped) arriving in pieces. A line without a quote, nearly
 * every line of a real roster, is decoded and split in one step each; the others go through `parseQuotedRecord`.
 * Bytes that are not UTF-8 become U+FFFD, for the caller to refuse.
 */
export function createCsvSplitter(options: { readonly maxRecordBytes: number }): CsvSplitter {
  let rest: Buffer = empty;
  let line = 1;
  let width: number | undefined;
  /** Inside a record that was already reported as too large: drop everything up to the next line. */
  let skipping = false;

  function drain(buffer: Buffer, atEnd: boolean): CsvRecord[] {
    const records: CsvRecord[] = [];
    const length = buffer.length;
    let position = 0;
    let lf = buffer.indexOf(lineFeed);
    let cr = buffer.indexOf(carriageReturn);
    let quote = buffer.indexOf(quoteMark);
    while (position < length) {
      if (lf !== -1 && lf < position) lf = buffer.indexOf(lineFeed, position);
      if (cr !== -1 && cr < position) cr = buffer.indexOf(carriageReturn, position);
      if (quote !== -1 && quote < position) quote = buffer.indexOf(quoteMark, position);

      let stop = lf;
      let next = lf + 1;
      if (cr !== -1 && (lf === -1 || cr < lf)) {
        // A CR that ends the piece may be half of a CRLF: wait for what follows.
        if (cr + 1 === length && !atEnd) stop = -1;
        else {
          stop = cr;
          next = lf === cr + 1 ? lf + 1 : cr + 1;
        }
      }
      if (stop === -1 && atEnd) stop = next = length;

      if (skipping) {
        if (stop === -1) {
          position = length;
          break;
        }
        skipping = false;
        line += 1;
        position = next;
        continue;
      }
      const quoted = quote !== -1 && (stop === -1 || quote < stop);
      if (!quoted) {
        if (stop === -1) {
          if (length - position > options.maxRecordBytes) {
            records.push(tooLarge(buffer, position, length));
            skipping = true;
            position = length;
          }
          break;
        }
        if (stop - position > options.maxRecordBytes) records.push(tooLarge(buffer, position, stop));
        else if (stop > position) {
          const text = buffer.toString('utf8', position, stop);
          records.push({ line, cells: text.split(','), text });
        }
        line += 1;
        position = next;
        continue;
      }

      const parsed = parseQuotedRecord(buffer, position, atEnd);
      const isTooLarge = (parsed?.next ?? length) - position > options.maxRecordBytes;
      if (parsed === undefined && !isTooLarge) break;
      const spansLines = parsed !== undefined && parsed.lines > 1;
      const misread =
        parsed === undefined ||
        isTooLarge ||
        parsed.fault === 'quote-unclosed' ||
        (spansLines && (parsed.fault !== undefined || (width !== undefined && parsed.cells.length !== width)));
      if (!misread) {
        const { cells, fault } = parsed;
        const text = cells.join(',');
        records.push(fault === undefined ? { line, cells, text } : { line, cells, text, fault });
        line += parsed.lines;
        position = parsed.next;
        continue;
      }
      if (stop === -1) {
        records.push(tooLarge(buffer, position, length));
        skipping = true;
        position = length;
        break;
      }
      if (stop - position > options.maxRecordBytes) records.push(tooLarge(buffer, position, stop));
      else {
        const text = buffer.toString('utf8', position, stop);
        records.push({ line, cells: text.split(','), text, fault: 'quote-unclosed' });
      }
      line += 1;
      position = next;
    }
    rest = position === length ? empty : buffer.subarray(position);
    return records;
  }

  function tooLarge(buffer: Buffer, from: number, to: number): CsvRecord {
    const text = buffer.toString('utf8', from, Math.min(to, from + 300));
    return { line, cells: text.split(','), text, fault: 'row-too-large' };
  }

  return {
    push(chunk) {
      const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      return drain(rest.length === 0 ? piece : Buffer.concat([rest, piece]), false);
    },
    end: () => drain(rest, true),
    expectWidth(cells) {
      width = cells;
    },
  };
}
