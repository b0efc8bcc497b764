import { type Clock, type Database, Refusal } from '@lanyard/platform';
import type { MadePortrait } from '../../adapters/children/portrait-maker.js';
import type { FileFinding } from '../../domain/bulk/status-change-rows.js';
import type { BulkRunStore, WorkPiece } from '../bulk/bulk-run-store.js';
import type { PortraitStore } from './portrait-store.js';
import type { PortraitSubmissionStore } from './portrait-submission-store.js';

/** A picture of a batch: the student its name says, and its bytes when they are asked for. */
export interface BatchPicture {
  readonly line: number;
  readonly number: string;
  /** @throws what the source throws; such a picture is refused as unreadable */
  readonly read: () => Promise<Uint8Array>;
}

const PIECE = 5;
const MAX_LISTED = 200;

/** Batches of portraits: kept sealed, converted in pieces, handed over to review. */
export function createPortraitBatches(
  db: Database,
  parts: {
    clock: Clock;
    portraits: PortraitStore;
    submissions: Pick<PortraitSubmissionStore, 'submitIn'>;
    make: (picture: Uint8Array) => Promise<MadePortrait>;
    runs: Pick<BulkRunStore, 'open'>;
  },
) {
  const piece: WorkPiece = async (transaction, run) => {
    const { rows } = await transaction.raw(
      `SELECT r.line, r.student_id, u.picture_sealed FROM bulk_run_row r JOIN portrait_upload u ON u.run_id = r.run_id AND u.line = r.line
       WHERE r.run_id = ? AND r.line > ? AND r.state = 'waiting' ORDER BY r.line LIMIT ?`,
      [run.id, run.atLine, PIECE],
    );
    let refused = 0;
    for (const row of rows as { line: number; student_id: number; picture_sealed: Buffer }[]) {
      const made = await parts.make(parts.portraits.openUpload(row.picture_sealed, run.id));
      if (made.ok)
        await parts.submissions.submitIn(transaction, { studentId: row.student_id, jpeg: made.jpeg, actor: run.actor });
      else refused += 1;
      await transaction.raw('UPDATE bulk_run_row SET state = ?, code = ? WHERE run_id = ? AND line = ?', [
        ...[made.ok ? 'done' : 'refused', made.ok ? null : made.code, run.id, row.line],
      ]);
    }
    const lines = (rows as { line: number }[]).map((row) => row.line);
    await transaction.raw('DELETE FROM portrait_upload WHERE run_id = ? AND line = ANY(?)', [run.id, lines]);
    return { done: rows.length - refused, refused, upTo: lines.at(-1) };
  };

  return {
    piece,
    async open(request: { pictures: readonly BatchPicture[]; findings: readonly FileFinding[]; actor: string }) {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          "SELECT id, student_number FROM student WHERE student_number = ANY(?) AND enrolment_status <> 'deceased'",
          [request.pictures.map((one) => one.number)],
        );
        const idOf = new Map(
          (rows as { id: number; student_number: string }[]).map((row) => [row.student_number, row.id]),
        );
        const findings = [...request.findings];
        const good: { picture: BatchPicture; studentId: number }[] = [];
        const seen = new Set<string>();
        for (const picture of request.pictures) {
          const studentId = idOf.get(picture.number);
          const code =
            studentId === undefined
              ? 'student-not-found'
              : seen.has(picture.number)
                ? 'student-number-duplicate'
                : undefined;
          if (studentId === undefined || code !== undefined)
            findings.push({ line: picture.line, student_number: picture.number, code: code ?? 'student-not-found' });
          else good.push({ picture, studentId });
          seen.add(picture.number);
        }
        const report = {
          ...{
            files: request.pictures.length + request.findings.length,
            accepted: good.length,
            refused: findings.length,
          },
          findings: findings.sort((a, b) => a.line - b.line).slice(0, MAX_LISTED),
        };
        if (good.length === 0) throw new Refusal('portrait-batch-empty', { fields: { report } });
        const id = await parts.runs.open(transaction, {
          ...{ kind: 'portraits', report, actor: request.actor, total: good.length, secondPerson: false },
        });
        for (const { picture, studentId } of good) {
          await transaction.raw('INSERT INTO bulk_run_row (run_id, line, student_id) VALUES (?, ?, ?)', [
            ...[id, picture.line, studentId],
          ]);
          await transaction.raw('INSERT INTO portrait_upload (run_id, line, picture_sealed) VALUES (?, ?, ?)', [
            ...[id, picture.line, parts.portraits.sealUpload(await picture.read(), id)],
          ]);
        }
        return { ...report, id, state: 'applying' as const };
      });
    },
  };
}
export type PortraitBatches = ReturnType<typeof createPortraitBatches>;
