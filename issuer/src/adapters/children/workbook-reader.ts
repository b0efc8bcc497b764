import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkbookError } from '../../domain/workbook/workbook-error.js';
import type { SheetText } from '../../domain/workbook/workbook-to-csv.js';
import { childModule, createReaderChild, ReaderChildError } from './reader-child.js';
import type { WorkbookAnswer, WorkbookJob } from './workbook-messages.js';

export interface WorkbookReader {
  /**
   * Hands over the path of the CSV made from a workbook; the file is gone afterwards.
   * @throws {WorkbookError}
   */
  withCsv<T>(
    path: string,
    textColumns: readonly string[],
    work: (csvPath: string, read: SheetText) => Promise<T>,
  ): Promise<T>;
  /** The same way back, for the file of refused rows. */
  withWorkbook<T>(csvPath: string, work: (path: string) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const LIMITS = { heapMb: 1536, residentMb: 2560, timeoutMs: 120_000 };

/** Workbooks are read and written in a child process (decision 0026). */
export function createWorkbookReader(
  limits: { heapMb: number; residentMb: number; timeoutMs: number } = LIMITS,
): WorkbookReader {
  const child = createReaderChild<WorkbookJob, WorkbookAnswer>({ module: childModule('workbook-child'), ...limits });

  async function withMade<T>(
    job: (to: string) => WorkbookJob,
    work: (to: string, answer: WorkbookAnswer) => Promise<T>,
  ): Promise<T> {
    const to = join(tmpdir(), `lanyard-sheet-${randomBytes(8).toString('hex')}`);
    try {
      return await work(to, await run(job(to)));
    } finally {
      await rm(to, { force: true });
    }
  }
  async function run(job: WorkbookJob): Promise<WorkbookAnswer> {
    try {
      return await child.run(job);
    } catch (cause) {
      // Whatever the end of the child was, the file asked for too much.
      if (cause instanceof ReaderChildError) throw new WorkbookError('workbook-too-large');
      throw cause;
    }
  }

  return {
    withCsv: (path, textColumns, work) =>
      withMade(
        (to) => ({ do: 'read', from: path, to, textColumns }),
        (to, answer) => {
          if (!answer.ok) throw new WorkbookError(answer.code, answer.places);
          const { sheet, rows, faults } = answer;
          if (sheet === undefined || rows === undefined || faults === undefined)
            throw new WorkbookError('workbook-unreadable');
          return work(to, { sheet, rows, faults });
        },
      ),
    withWorkbook: (csvPath, work) =>
      withMade(
        (to) => ({ do: 'write', from: csvPath, to }),
        (to) => work(to),
      ),
    close: () => child.close(),
  };
}
