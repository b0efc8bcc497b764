import { type ArchiveEntry, ArchiveError, type ArchiveLimits } from '../../domain/archive/read-archive.js';
import type { PortraitFault } from '../../domain/portraits/portrait-rules.js';
import type { PortraitAnswer, PortraitJob } from './portrait-messages.js';
import { childModule, createReaderChild, ReaderChildError } from './reader-child.js';

export type MadePortrait =
  | { readonly ok: true; readonly jpeg: Uint8Array }
  | { readonly ok: false; readonly code: PortraitFault };

export interface PortraitMaker {
  /** 240 × 320, at most 12,000 bytes, nothing but pixels. A picture that ends the child is unreadable. */
  make(picture: Uint8Array): Promise<MadePortrait>;
  /** The directory of a zip file. @throws {ArchiveError} */
  list(path: string, limits: ArchiveLimits): Promise<readonly ArchiveEntry[]>;
  close(): Promise<void>;
}

const LIMITS = { heapMb: 512, residentMb: 900, timeoutMs: 15_000 };

/** Pictures are decoded in a child process of their own (decision 0026). */
export function createPortraitMaker(
  limits: { heapMb: number; residentMb: number; timeoutMs: number } = LIMITS,
): PortraitMaker {
  const child = createReaderChild<PortraitJob, PortraitAnswer>({ module: childModule('portrait-child'), ...limits });
  return {
    async make(picture) {
      try {
        const answer = await child.run({ do: 'convert', picture });
        if (answer.ok && 'jpeg' in answer) return { ok: true, jpeg: answer.jpeg };
        return { ok: false, code: !answer.ok && isFault(answer.code) ? answer.code : 'portrait-unreadable' };
      } catch (error) {
        if (error instanceof ReaderChildError) return { ok: false, code: 'portrait-unreadable' };
        throw error;
      }
    },
    async list(path, archiveLimits) {
      const answer = await child.run({ do: 'list', path, limits: archiveLimits }).catch((error: unknown) => {
        // A directory that ends the process is none: the file is refused, and the service is not at fault.
        if (error instanceof ReaderChildError) throw new ArchiveError('archive-unreadable');
        throw error;
      });
      if (answer.ok && 'entries' in answer) return answer.entries;
      throw new ArchiveError(!answer.ok && !isFault(answer.code) ? answer.code : 'archive-unreadable');
    },
    close: () => child.close(),
  };
}

const isFault = (code: string): code is PortraitFault => code.startsWith('portrait-');
