import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const LINE_MAX_BYTES = 64;

/**
 * Looks a password up in a sorted file of SHA-1 digests in the form of Have I Been Pwned (`DIGEST:COUNT` per line, upper
 * case): a binary search by byte offset, nothing is loaded. Without a file nothing is breached.
 */
export function openBreachedPasswords(path: string): (password: string) => boolean {
  if (path === '') return () => false;
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  if (size === 0) closeSync(file);
  return (password) => {
    const wanted = createHash('sha1').update(password).digest('hex').toUpperCase();
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const line = lineAround(file, middle, size);
      if (line.digest === wanted) return true;
      if (line.digest < wanted) low = line.end;
      else high = line.start;
    }
    return false;
  };
}

/** The whole line that holds the byte at `offset`, with its place. */
function lineAround(file: number, offset: number, size: number): { digest: string; start: number; end: number } {
  const from = Math.max(0, offset - LINE_MAX_BYTES);
  const buffer = Buffer.alloc(2 * LINE_MAX_BYTES);
  const read = readSync(file, buffer, 0, buffer.length, from);
  const text = buffer.toString('latin1', 0, read);
  const start = text.lastIndexOf('\n', offset - from - 1) + 1;
  const stop = text.indexOf('\n', offset - from);
  const end = stop === -1 ? Math.min(size, from + read) : from + stop + 1;
  return { digest: text.slice(start, start + 40).toUpperCase(), start: from + start, end };
}
