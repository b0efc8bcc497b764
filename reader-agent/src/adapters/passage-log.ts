import { closeSync, fdatasyncSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEntry } from '../domain/journal-chain.js';
import type { ZoneState } from '../domain/zone-memory.js';

/** What one decision writes, whole or not at all. */
export type LoggedChange =
  | {
      readonly entry: JournalEntry;
      /** Replay memory: name in base64url, and until when. */
      readonly taken?: readonly [string, number];
      readonly moved?: ZoneState | undefined;
      readonly presentedUpTo?: number;
    }
  | { readonly forget: number };

/** Room ahead of the lines: where a line replaces zeros, a flush has no size of the file to write down as well. */
const ROOM = 256 * 1024;

/**
 * A file that changes are appended to, one line each with one flush, before the database has them: a commit of lmdb
 * flushes twice. It is emptied once the database holds everything in it, and read once, at the start.
 */
export function openPassageLog(folder: string) {
  const path = join(folder, 'passages.log');
  const fd = openSync(path, 'a+', 0o600);
  closeSync(fd);
  // Without O_APPEND, so that what a failed write left behind is written over.
  const file = openSync(path, 'r+');
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
  const read = readFileSync(path, 'utf8');
  let size = fstatSync(file).size;
  let end = 0;
  /** Behind it there are zeros only. */
  let used = size;

  function writeAt(bytes: Uint8Array, at: number): void {
    for (let written = 0; written < bytes.length; )
      written += writeSync(file, bytes, written, bytes.length - written, at + written);
  }
  function makeRoom(): void {
    writeAt(new Uint8Array(ROOM), size);
    size += ROOM;
  }

  return {
    /** Whole lines from the first on; a line that was torn was never answered for, and zeros are none. */
    *read(): Iterable<LoggedChange> {
      for (let at = 0, next = read.indexOf('\n'); next >= 0; at = next + 1, next = read.indexOf('\n', at)) {
        try {
          yield JSON.parse(read.slice(at, next)) as LoggedChange;
        } catch {
          return;
        }
      }
    },
    /** On disk when it returns. @throws where the disk refuses */
    append(change: LoggedChange): void {
      const line = Buffer.from(`${JSON.stringify(change)}\n`);
      while (end + line.length > size) makeRoom();
      used = Math.max(used, end + line.length);
      writeAt(line, end);
      fdatasyncSync(file);
      end += line.length;
    },
    /** Drops everything: only for what is safe elsewhere. The next flush takes the zeros with it. */
    clear(): void {
      writeAt(new Uint8Array(used), 0);
      end = 0;
      used = 0;
    },
    get isEmpty() {
      return end === 0;
    },
    close: () => closeSync(file),
  };
}
