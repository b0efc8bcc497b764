export type RecordFault = 'quote-unclosed' | 'quote-misplaced';

export interface ParsedRecord {
  readonly cells: string[];
  /** Offset of the first byte after the record and its line end. */
  readonly next: number;
  /** Line ends that were consumed; more than 1 when a quoted cell holds line breaks. */
  readonly lines: number;
  readonly fault?: RecordFault;
}

const comma = 0x2c;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const quoteMark = 0x22;

/**
 * Reads one record that holds at least one quote, RFC 4180 section 2. A quote inside an unquoted cell is text; text
 * after a closing quote is `quote-misplaced`. Answers undefined when the record does not end within the bytes given
 * and more may come.
 */
export function parseQuotedRecord(buffer: Buffer, start: number, atEnd: boolean): ParsedRecord | undefined {
  const cells: string[] = [];
  const length = buffer.length;
  let position = start;
  let lines = 1;
  let fault: RecordFault | undefined;
  for (;;) {
    let cell = '';
    const quoted = position < length && buffer[position] === quoteMark;
    if (quoted) {
      position += 1;
      let from = position;
      for (;;) {
        const close = buffer.indexOf(quoteMark, position);
        if (close === -1) {
          return atEnd ? { cells, next: length, lines, fault: 'quote-unclosed' } : undefined;
        }
        if (close + 1 === length && !atEnd) return undefined;
        if (buffer[close + 1] === quoteMark) {
          cell += buffer.toString('utf8', from, close + 1);
          position = from = close + 2;
          continue;
        }
        cell += buffer.toString('utf8', from, close);
        position = close + 1;
        break;
      }
      lines += countLineEnds(cell);
    }
    const from = position;
    let byte = -1;
    while (position < length) {
      byte = buffer[position] ?? -1;
      if (byte === comma || byte === lineFeed || byte === carriageReturn) break;
      position += 1;
    }
    if (position === length && !atEnd) return undefined;
    if (position > from) {
      if (quoted) fault = 'quote-misplaced';
      cell += buffer.toString('utf8', from, position);
    }
    cells.push(cell);
    if (position < length && byte === comma) {
      position += 1;
      continue;
    }
    let next = Math.min(position + 1, length);
    if (byte === carriageReturn) {
      // The CR may be half of a CRLF whose other half has not arrived.
      if (next === length && !atEnd) return undefined;
      if (buffer[next] === lineFeed) next += 1;
    }
    return fault === undefined ? { cells, next, lines } : { cells, next, lines, fault };
  }
}

function countLineEnds(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === lineFeed || (unit === carriageReturn && text.charCodeAt(index + 1) !== lineFeed)) count += 1;
  }
  return count;
}
