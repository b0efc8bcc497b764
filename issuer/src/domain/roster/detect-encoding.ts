import { RosterFileError } from './finding.js';

/** A streaming decoder; pieces may end in the middle of a character. Undecodable bytes become U+FFFD. */
export interface TextDecoderPort {
  write(bytes: Uint8Array): string;
  end(): string | undefined;
}

export type RosterEncoding = 'utf-8' | 'gb18030';

const headLimitBytes = 65_536;

/**
 * Recodes a roster to UTF-8 without byte order mark. Decided on the header line alone, which holds Chinese column
 * names: a UTF-8 mark or strictly valid UTF-8 means UTF-8, everything else GB 18030 (whose two-byte sequences are not
 * valid UTF-8). A file in one encoding with single lines in the other loses only those lines.
 *
 * @throws {RosterFileError} `file-empty`; `encoding-unsupported` for UTF-16; `file-is-not-csv` for a workbook.
 */
export async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
  createGb18030Decoder: () => TextDecoderPort,
  onEncoding: (encoding: RosterEncoding) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let decoder: TextDecoderPort | undefined;
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield decoder === undefined ? chunk : Buffer.from(decoder.write(chunk), 'utf8');
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (!hasWholeLine(head) && head.length < headLimitBytes) continue;
    const encoding = detectEncoding(head);
    onEncoding(encoding);
    if (encoding === 'gb18030') decoder = createGb18030Decoder();
    yield decoder === undefined ? withoutMark(head) : Buffer.from(decoder.write(head), 'utf8');
    head = undefined;
  }
  if (head !== undefined) {
    const encoding = detectEncoding(head);
    onEncoding(encoding);
    if (encoding === 'gb18030') decoder = createGb18030Decoder();
    yield decoder === undefined ? withoutMark(head) : Buffer.from(decoder.write(head), 'utf8');
  }
  const tail = decoder?.end();
  if (tail !== undefined && tail !== '') yield Buffer.from(tail, 'utf8');
}

function detectEncoding(head: Buffer): RosterEncoding {
  if (head.length === 0) throw new RosterFileError('file-empty');
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff]))
    throw new RosterFileError('encoding-unsupported');
  // A zip archive (.xlsx, .ods) or a compound file (.xls) renamed to .csv.
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04]) || startsWith(head, [0xd0, 0xcf, 0x11, 0xe0])) {
    throw new RosterFileError('file-is-not-csv');
  }
  if (hasMark(head)) return 'utf-8';
  return isUtf8(firstLine(head)) ? 'utf-8' : 'gb18030';
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function hasWholeLine(head: Buffer): boolean {
  const line = firstLine(head);
  return line.byteOffset + line.length < head.byteOffset + head.length;
}

function firstLine(head: Buffer): Buffer {
  let start = hasMark(head) ? 3 : 0;
  while (head[start] === 0x0a || head[start] === 0x0d) start += 1;
  for (let index = start; index < head.length; index += 1) {
    if (head[index] === 0x0a || head[index] === 0x0d) return head.subarray(start, index);
  }
  return head.subarray(start);
}

function hasMark(head: Buffer): boolean {
  return startsWith(head, [0xef, 0xbb, 0xbf]);
}

function withoutMark(head: Buffer): Buffer {
  return hasMark(head) ? head.subarray(3) : head;
}

function startsWith(head: Buffer, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}
