import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
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
  let end = 0;

  return {
    /** Whole lines from the first on; a line that was torn was never answered for. */
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
      for (let written = 0; written < line.length; ) {
        written += writeSync(file, line, written, line.length - written, end + written);
      }
      fdatasyncSync(file);
      end += line.length;
    },
    /** Drops everything: only for what is safe elsewhere. */
    clear(): void {
      ftruncateSync(file, 0);
      end = 0;
    },
    get isEmpty() {
      return end === 0;
    },
    close: () => closeSync(file),
  };
}
