import { randomBytes, randomInt } from 'node:crypto';
import {
  appendAudit,
  type Clock,
  dayInShanghai,
  Refusal,
  type Transaction,
  violatedConstraint,
} from '@lanyard/platform';
import { type EnrolmentStatus, type PaperPassClaims, paperPassLifeSeconds } from '@lanyard/protocol';
import { announcePasses } from '../people/propagate-change.js';

const LIST_SIZE = 131_072;
export const PAPER_PASS = 'paper-pass';

/** A paper pass that may be signed now: everything is written down. */
export interface RecordedPaperPass {
  claims: Omit<PaperPassClaims, 'universityCode'>;
  name: string;
  portraitId: Buffer;
}

/**
 * Writes a pass on paper down: entry in a pass list, one a day, audit row. @throws Refusal `credential-state-conflict`,
 * `portrait-missing`, `paper-pass-today`
 */
export async function recordPaperPass(
  transaction: Transaction,
  pass: { studentId: number; listId: number; signerKid: Uint8Array; reason: string; actor: string; clock: Clock },
): Promise<RecordedPaperPass> {
  const { studentId, listId, actor, clock } = pass;
  // Excludes a suspension that is being written.
  await transaction.raw('SELECT student_id FROM holder WHERE student_id = ? FOR SHARE', [studentId]);
  const { rows } = await transaction.raw(
    `SELECT s.name, s.portrait_id, s.policy_class, s.enrolment_status, s.registered_until::text AS registered_until, hs.credential_state
     FROM student s JOIN holder_state hs ON hs.student_id = s.id WHERE s.id = ? FOR SHARE OF s`,
    [studentId],
  );
  const student = rows[0];
  if (student?.credential_state !== 'valid') throw new Refusal('credential-state-conflict');
  if (student.portrait_id === null) throw new Refusal('portrait-missing');
  const day = dayInShanghai(clock.nowMs());
  const validFromSeconds = clock.nowSeconds();
  const expiresSeconds = validFromSeconds + paperPassLifeSeconds;
  const { credentialId, listIndex } = await takeEntry(transaction, { ...pass, validFromSeconds, expiresSeconds });
  try {
    await transaction.raw(
      'INSERT INTO paper_pass (student_id, day, credential_id, reason, actor, at) VALUES (?, ?, ?, ?, ?, ?)',
      [studentId, day, credentialId, pass.reason, actor, new Date(clock.nowMs())],
    );
  } catch (cause) {
    if (violatedConstraint(cause) === 'paper_pass_once') throw new Refusal('paper-pass-today', { cause });
    throw cause;
  }
  const detail = { reason: pass.reason, list: listId, index: listIndex };
  await appendAudit(
    transaction,
    [{ actor, action: 'paper-pass.issued', subject: `student:${studentId}`, detail }],
    clock.nowMs(),
  );
  return {
    name: student.name,
    portraitId: student.portrait_id,
    claims: {
      passNumber: new Uint8Array(randomBytes(8)),
      ...{ validFromSeconds, expiresSeconds, listNumber: listId, listIndex },
      state: {
        registered: student.registered_until !== null && student.registered_until >= day,
        ...{ suspended: false, revoked: false, stopped: false },
        enrolmentState: student.enrolment_status as EnrolmentStatus,
      },
      policyClass: student.policy_class,
      portraitId: new Uint8Array(student.portrait_id),
    },
  };
}

/** Takes the living paper passes of a student back; answers how many. */
export async function revokePaperPasses(
  transaction: Transaction,
  change: { studentNumber: string; actor: string; clock: Clock },
): Promise<number> {
  const found = await transaction.raw('SELECT id FROM student WHERE student_number = ?', [change.studentNumber]);
  const studentId: number | undefined = found.rows[0]?.id;
  if (studentId === undefined) throw new Refusal('student-not-found');
  const now = new Date(change.clock.nowMs());
  const { rows } = await transaction.raw(
    `UPDATE credential SET status = 1, discarded_at = ? WHERE student_id = ? AND configuration_id = ? AND expires_at > ?
       AND status <> 1 RETURNING list_id`,
    [now, studentId, PAPER_PASS, now],
  );
  const lists = [...new Set((rows as { list_id: number }[]).map((row) => row.list_id))].sort((a, b) => a - b);
  for (const list of lists) await transaction.raw('UPDATE status_list SET version = version + 1 WHERE id = ?', [list]);
  if (lists.length > 0) await announcePasses(transaction);
  await appendAudit(
    transaction,
    [
      {
        actor: change.actor,
        action: 'paper-pass.revoked',
        subject: `student:${studentId}`,
        detail: { n: rows.length },
      },
    ],
    change.clock.nowMs(),
  );
  return rows.length;
}

async function takeEntry(
  transaction: Transaction,
  pass: { studentId: number; listId: number; signerKid: Uint8Array; validFromSeconds: number; expiresSeconds: number },
): Promise<{ credentialId: number; listIndex: number }> {
  for (;;) {
    const made = await transaction.raw(
      `INSERT INTO credential (student_id, configuration_id, holder_key, list_id, list_index, issued_at, expires_at, signer_kid)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ON CONSTRAINT credential_index_once DO NOTHING RETURNING id, list_index`,
      [
        // There is no holder key: 33 zero bytes are no point of the curve.
        ...[pass.studentId, PAPER_PASS, Buffer.alloc(33), pass.listId, randomInt(0, LIST_SIZE)],
        ...[new Date(pass.validFromSeconds * 1000), new Date(pass.expiresSeconds * 1000), Buffer.from(pass.signerKid)],
      ],
    );
    const row = made.rows[0];
    if (row !== undefined) return { credentialId: row.id, listIndex: row.list_index };
  }
}
