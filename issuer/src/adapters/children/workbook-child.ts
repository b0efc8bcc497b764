import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { writeBadRowsWorkbook } from '../../domain/workbook/csv-to-workbook.js';
import { WorkbookError } from '../../domain/workbook/workbook-error.js';
import { workbookToCsv } from '../../domain/workbook/workbook-to-csv.js';
import type { WorkbookAnswer, WorkbookJob } from './workbook-messages.js';

const PIECE = 1 << 18;

async function work(job: WorkbookJob): Promise<WorkbookAnswer> {
  if (job.do === 'write') {
    writeFileSync(job.to, await writeBadRowsWorkbook(readFileSync(job.from)), { mode: 0o600 });
    return { ok: true };
  }
  const out = openSync(job.to, 'wx', 0o600);
  let text = '';
  const write = (csv: string, atLeast = PIECE) => {
    text += csv;
    if (text.length < atLeast) return;
    writeSync(out, text);
    text = '';
  };
  try {
    const read = await workbookToCsv(readFileSync(job.from), new Set(job.textColumns), write);
    write('', 0);
    return { ok: true, ...read };
  } catch (error) {
    if (error instanceof WorkbookError) return { ok: false, code: error.code, places: error.places };
    throw error;
  } finally {
    closeSync(out);
  }
}

process.on('message', (job: WorkbookJob) => {
  work(job).then(
    (answer) => process.send?.(answer),
    // Nothing is known of what went wrong: the service takes the end of this process for the answer.
    () => process.exit(1),
  );
});
process.on('disconnect', () => process.exit(0));
