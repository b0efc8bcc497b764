import { crc32, inflateRawSync } from 'node:zlib';

/** Why an archive is not opened. `archive-lies`: what its directory says is not what is there. */
export type ArchiveErrorCode = 'archive-unreadable' | 'archive-encrypted' | 'archive-too-large' | 'archive-lies';

export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  constructor(readonly code: ArchiveErrorCode) {
    super(code);
  }
}

export interface ArchiveLimits {
  readonly maxEntries: number;
  /** Of one entry, inflated, in bytes. */
  readonly maxEntryBytes: number;
  /** Of all entries, inflated, in bytes. */
  readonly maxTotalBytes: number;
}

export interface ArchiveEntry {
  readonly name: string;
  /** Inflated size as stated, in bytes. */
  readonly size: number;
  readonly stored: boolean;
  readonly crc: number;
  /** Where the packed bytes begin and end. */
  readonly from: number;
  readonly to: number;
}

const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;
const SAFE_NAME = /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\:\p{Cc}]{1,255}$/u;

/**
 * The directory of a zip archive (APPNOTE 6.3), checked before anything is inflated: number, names and stated sizes of
 * entries, and that their bytes neither overlap nor lie outside. Without zip64, encryption and other methods than
 * stored and deflated. Folders are left out.
 * @throws {ArchiveError}
 */
export function readArchive(bytes: Buffer, limits: ArchiveLimits): ArchiveEntry[] {
  const end = findEnd(bytes);
  const [count, size, start] = [
    bytes.readUInt16LE(end + 10),
    bytes.readUInt32LE(end + 12),
    bytes.readUInt32LE(end + 16),
  ];
  const oneDisk = bytes.readUInt32LE(end + 4) === 0 && bytes.readUInt16LE(end + 8) === count;
  if (!oneDisk || start + size > end) throw new ArchiveError('archive-unreadable');
  if (count > limits.maxEntries) throw new ArchiveError('archive-too-large');
  const entries: ArchiveEntry[] = [];
  let at = start;
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > end || bytes.readUInt32LE(at) !== 0x02014b50) throw new ArchiveError('archive-unreadable');
    const next = at + 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (next > end) throw new ArchiveError('archive-unreadable');
    const entry = readEntry(bytes, at, start);
    at = next;
    if (entry === undefined) continue;
    total += entry.size;
    if (entry.size > limits.maxEntryBytes || total > limits.maxTotalBytes) throw new ArchiveError('archive-too-large');
    entries.push(entry);
  }
  checkApart(entries);
  return entries;
}

/**
 * The content of one entry from its packed bytes; never more than its directory states.
 * @throws {ArchiveError}
 */
export function inflateEntry(packed: Buffer, entry: ArchiveEntry): Buffer {
  const content = entry.stored ? packed : inflate(packed, entry.size);
  if (content.length !== entry.size || crc32(content) !== entry.crc) throw new ArchiveError('archive-lies');
  return content;
}

function inflate(packed: Buffer, size: number): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch {
    throw new ArchiveError('archive-lies');
  }
}

function findEnd(bytes: Buffer): number {
  const lowest = Math.max(0, bytes.length - END_BYTES - LONGEST_COMMENT);
  for (let at = bytes.length - END_BYTES; at >= lowest; at -= 1)
    if (bytes.readUInt32LE(at) === 0x06054b50 && at + END_BYTES + bytes.readUInt16LE(at + 20) === bytes.length)
      return at;
  throw new ArchiveError('archive-unreadable');
}

function readEntry(bytes: Buffer, at: number, directory: number): ArchiveEntry | undefined {
  const flags = bytes.readUInt16LE(at + 8);
  const method = bytes.readUInt16LE(at + 10);
  const [packed, size, local] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 42)];
  const rawName = bytes.subarray(at + 46, at + 46 + bytes.readUInt16LE(at + 28));
  if ((flags & 0x2041) !== 0) throw new ArchiveError('archive-encrypted');
  if ((method !== 0 && method !== 8) || [packed, size, local].includes(0xffff_ffff))
    throw new ArchiveError('archive-unreadable');
  const name = rawName.toString((flags & 0x800) === 0 ? 'latin1' : 'utf8');
  if (!SAFE_NAME.test(name)) throw new ArchiveError('archive-unreadable');
  if (local + 30 > directory || bytes.readUInt32LE(local) !== 0x04034b50) throw new ArchiveError('archive-lies');
  const nameEnd = local + 30 + bytes.readUInt16LE(local + 26);
  const from = nameEnd + bytes.readUInt16LE(local + 28);
  if (from + packed > directory || !bytes.subarray(local + 30, nameEnd).equals(rawName))
    throw new ArchiveError('archive-lies');
  if (name.endsWith('/')) return undefined;
  if (method === 0 && packed !== size) throw new ArchiveError('archive-lies');
  return { name, size, stored: method === 0, crc: bytes.readUInt32LE(at + 16), from, to: from + packed };
}

/** Bytes that serve two entries make a small archive large. */
function checkApart(entries: readonly ArchiveEntry[]): void {
  const names = new Set(entries.map((entry) => entry.name.toLowerCase()));
  if (names.size !== entries.length) throw new ArchiveError('archive-lies');
  const inOrder = [...entries].sort((a, b) => a.from - b.from);
  if (inOrder.some((entry, index) => index > 0 && entry.from < (inOrder[index - 1]?.to ?? 0)))
    throw new ArchiveError('archive-lies');
}
