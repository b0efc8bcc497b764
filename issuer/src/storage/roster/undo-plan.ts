import { createHash } from 'node:crypto';
import type { Transaction } from '@lanyard/platform';
import { REVOKING_STATUSES } from '../../domain/life/revoking-statuses.js';
import { imageDigestOf, lifeChangeOf } from './import-images.js';

/** Why a student is left as they are. */
export type KeptCode = 'changed-since' | 'identity-in-use';

export interface UndoRow {
  readonly student_id: number;
  readonly student_number: string;
  readonly line: number;
  readonly created: boolean;
  readonly from_status: string;
  readonly to_status: string;
  readonly code: KeptCode | null;
}

/** What undoing an import would do at this moment, and the digest by which exactly this is applied. */
export interface UndoPlan {
  /** Students the import created, who become withdrawn. */
  readonly withdrawn: number;
  /** Students who get back what was there before. */
  readonly restored: number;
  readonly kept: number;
  readonly kept_students: readonly {
    readonly line: number;
    readonly student_number: string;
    readonly code: KeptCode;
  }[];
  readonly by_college: readonly { readonly college: string; readonly students: number }[];
  readonly state_changes: number;
  readonly revocations: number;
  readonly existing: number;
  readonly changed: number;
  readonly plan: string;
}

const MAX_LISTED = 200;

/**
 * Judges each student of an import on the register of this moment. Who changed since, in the register or by a change of
 * their life, stays; so does whose former identity number another student holds by now, unless that one gives it back.
 */
export async function judgeUndo(
  tx: Transaction,
  importId: number,
): Promise<{ rows: readonly (UndoRow & { college: string })[]; digest: string }> {
  const { rows } = await tx.raw(
    `SELECT c.student_id, t.student_number, t.college, c.line, c.created, t.enrolment_status AS from_status,
       coalesce(c.former->>'enrolment_status', 'withdrawn') AS to_status, encode(c.image_digest, 'hex') AS image,
       CASE WHEN c.image_digest <> ${imageDigestOf('t')} OR c.life_change_id IS DISTINCT FROM ${lifeChangeOf('t')} THEN 'changed-since'
            WHEN EXISTS (SELECT FROM student o WHERE o.id <> t.id AND o.identity_document_type = c.former->>'identity_document_type'
              AND o.identity_number_hash = (c.former->>'identity_number_hash')::bytea
              AND NOT EXISTS (SELECT FROM roster_import_change oc WHERE oc.import_id = c.import_id AND oc.student_id = o.id))
            THEN 'identity-in-use' END AS code
     FROM roster_import_change c JOIN student t ON t.id = c.student_id WHERE c.import_id = ?
     -- Who exchanged identity numbers in the import does so again in one piece.
     ORDER BY c.former->>'identity_number_hash' IS NOT DISTINCT FROM t.identity_number_hash::text, c.line`,
    [importId],
  );
  const hash = createHash('sha256').update(`lanyard undo ${importId}\n`);
  for (const row of rows) hash.update(`${row.student_id} ${row.image} ${row.code ?? 'undo'}\n`);
  return { rows, digest: hash.digest('hex') };
}

export async function planOf(tx: Transaction, judged: Awaited<ReturnType<typeof judgeUndo>>): Promise<UndoPlan> {
  const good = judged.rows.filter((row) => row.code === null);
  const kept = judged.rows.flatMap((row) => (row.code === null ? [] : [{ ...row, code: row.code }]));
  const byCollege = new Map<string, number>();
  for (const row of good) byCollege.set(row.college, (byCollege.get(row.college) ?? 0) + 1);
  const moved = good.filter((row) => row.from_status !== row.to_status);
  const counted = await tx.raw('SELECT count(*) AS n FROM student');
  const withdrawn = good.filter((row) => row.created).length;
  return {
    ...{ withdrawn, restored: good.length - withdrawn, kept: kept.length },
    kept_students: kept
      .sort((a, b) => a.line - b.line)
      .slice(0, MAX_LISTED)
      .map(({ line, student_number, code }) => ({ line, student_number, code })),
    by_college: [...byCollege]
      .map(([college, students]) => ({ college, students }))
      .sort((a, b) => b.students - a.students),
    state_changes: moved.length,
    revocations: moved.filter(
      (row) => !REVOKING_STATUSES.includes(row.from_status) && REVOKING_STATUSES.includes(row.to_status),
    ).length,
    ...{ existing: Number(counted.rows[0].n), changed: good.length, plan: judged.digest },
  };
}
