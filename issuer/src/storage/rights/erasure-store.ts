import { createHmac, randomBytes } from 'node:crypto';
import {
  AUDIT_SUBJECT,
  appendAudit,
  type Clock,
  type Database,
  dayInShanghai,
  eraseAudit,
  type Queryable,
} from '@lanyard/platform';
import { type Sign, signJws } from '@lanyard/protocol';
import { ISSUER_RETENTION, PERSON_KEPT_DAYS } from '../../domain/retention/rules.js';

/** typ of a proof of erasure. */
const PROOF_TYPE = 'lanyard-erasure-proof+jwt';
/** A row of the people table has to be out of every package before it goes: deltas name what left. */
const GATE_KEY_GONE_DAYS = 40;
const AT_A_TIME = 50;
const DAY_MS = 86_400_000;

export interface ErasureProof {
  id: string;
  rule: string;
  erased_at: number;
  counts: Record<string, number>;
  audit_rows: number;
  proof: string;
}

/**
 * Erases people by rule: years after they left, everything the issuer has of them goes in one transaction that counts it,
 * then the audit's text about them, by the role for that. What stays is a signed record that names nobody.
 */
export function createErasureStore(
  db: Database,
  parts: { numberKey: Uint8Array; signer: () => { kidText: string; sign: Sign }; clock: Clock },
) {
  const { clock } = parts;
  const hmacOf = (number: string) => createHmac('sha256', parts.numberKey).update(`erased ${number}`).digest();

  /** Those whose time is over: the day they left, or were to graduate where no change says. */
  async function due(on: Queryable): Promise<DueStudent[]> {
    const today = clock.nowMs();
    const before = (days: number) => dayInShanghai(today - days * DAY_MS);
    const rules = Object.entries(PERSON_KEPT_DAYS);
    const { rows } = await on.raw(
      `SELECT s.id, s.student_number, s.enrolment_status FROM student s
       JOIN unnest(?::text[], ?::date[]) AS rule (status, left_before) ON rule.status = s.enrolment_status
       WHERE coalesce((SELECT max(c.effective_date) FROM status_change c WHERE c.student_id = s.id AND c.state = 'in-force'
               AND c.to_status = s.enrolment_status AND c.from_status <> c.to_status), s.expected_graduation) < rule.left_before
         AND NOT EXISTS (SELECT FROM correction_request q WHERE q.student_id = s.id AND q.state = 'asked')
       ORDER BY s.id LIMIT ?`,
      [rules.map(([status]) => status), rules.map(([, days]) => before(days)), AT_A_TIME],
    );
    return rows;
  }

  /** Out of the people table first; true where nothing of it is in any package any more. */
  async function isOutOfPackages(studentId: number): Promise<boolean> {
    await db.raw(
      'UPDATE gate_key SET retire_at = ? WHERE student_id = ? AND removed_at IS NULL AND retire_at IS NULL',
      [new Date(clock.nowMs()), studentId],
    );
    const { rows } = await db.raw(
      'SELECT count(*) AS n FROM gate_key WHERE student_id = ? AND (removed_at IS NULL OR removed_at > ?)',
      [studentId, new Date(clock.nowMs() - GATE_KEY_GONE_DAYS * DAY_MS)],
    );
    return Number(rows[0].n) === 0;
  }

  async function eraseRows(student: DueStudent): Promise<void> {
    const id = randomBytes(16).toString('base64url');
    const rule = `left as ${student.enrolment_status}, ${PERSON_KEPT_DAYS[student.enrolment_status]} days`;
    await db.transaction(async (transaction) => {
      const locked = await transaction.raw(
        'SELECT portrait_id, pending_portrait_id FROM student WHERE id = ? AND enrolment_status = ? FOR UPDATE',
        [student.id, student.enrolment_status],
      );
      if (locked.rows[0] === undefined) return;
      const counts: Record<string, number> = {};
      for (const { table, erase } of ISSUER_RETENTION) {
        if (erase === undefined) continue;
        const { rowCount } = await transaction.raw(`DELETE FROM ${table} WHERE ${erase}`, [student.id]);
        if ((rowCount ?? 0) > 0) counts[table] = rowCount ?? 0;
      }
      const { portrait_id, pending_portrait_id } = locked.rows[0];
      // The same picture may be another's: twins handed in one file, a placeholder.
      const pictures = await transaction.raw(
        `DELETE FROM portrait p WHERE p.id = ANY(?::bytea[]) AND NOT EXISTS (
           SELECT FROM student s WHERE s.portrait_id = p.id OR s.pending_portrait_id = p.id)`,
        [[portrait_id, pending_portrait_id].filter((one) => one !== null)],
      );
      if ((pictures.rowCount ?? 0) > 0) counts['portrait'] = pictures.rowCount ?? 0;
      await transaction.raw(
        'INSERT INTO person_erasure (id, number_hmac, rule, counts, erased_at, student_id) VALUES (?, ?, ?, ?, ?, ?)',
        [id, hmacOf(student.student_number), rule, JSON.stringify(counts), new Date(clock.nowMs()), student.id],
      );
      const event = { actor: 'retention', action: 'person.erased', subject: `erasure:${id}`, detail: { rule, counts } };
      await appendAudit(transaction, [event], clock.nowMs());
    });
  }

  /** The audit's half, and the proof over both. Whatever a killed process left half done is found here. */
  async function finish(sealer: Database): Promise<number> {
    const { rows } = await db.raw(
      'SELECT id, number_hmac, rule, counts, erased_at, student_id FROM person_erasure WHERE student_id IS NOT NULL LIMIT ?',
      [AT_A_TIME],
    );
    for (const row of rows as OpenErasure[]) {
      const subject = `student:${row.student_id}`;
      await eraseAudit(sealer, { subject }, { erasure: row.id }, clock);
      const open = await db.raw(`SELECT 1 FROM audit WHERE row_text IS NOT NULL AND ${AUDIT_SUBJECT} = ? LIMIT 1`, [
        subject,
      ]);
      // Rows that are not sealed yet wait for the next round: their text is what will be sealed.
      if (open.rowCount !== 0) continue;
      // Told by the audit itself, so that a round that was killed in between counts too.
      const told = await db.raw(
        `SELECT coalesce(sum((row_text::jsonb -> 'detail' ->> 'rows')::int), 0)::int AS n FROM audit
         WHERE action = 'audit.text-erased' AND row_text::jsonb -> 'detail' ->> 'erasure' = ?`,
        [row.id],
      );
      const auditRows: number = told.rows[0].n;
      const { kidText: kid, sign } = parts.signer();
      const claims = {
        ...{ id: row.id, number_hmac: row.number_hmac.toString('base64url'), rule: row.rule, counts: row.counts },
        ...{ erased_at: Math.floor(row.erased_at.getTime() / 1000), audit_rows: auditRows, iat: clock.nowSeconds() },
      };
      await db.raw(
        'UPDATE person_erasure SET student_id = NULL, audit_rows = ?, proof = ? WHERE id = ? AND student_id IS NOT NULL',
        [...[auditRows, signJws({ typ: PROOF_TYPE, kid }, claims, sign), row.id]],
      );
    }
    return rows.length;
  }

  return {
    /** Erases who is due, a number at a time. @param sealer the sealing and erasing role */
    async run(sealer: Database): Promise<number> {
      let erased = 0;
      for (const student of await due(db)) {
        if (!(await isOutOfPackages(student.id))) continue;
        await eraseRows(student);
        erased += 1;
      }
      await finish(sealer);
      return erased;
    },
    /** The proof for a number, for whoever has it; undefined where nobody of that number was erased. */
    async proofOf(studentNumber: string): Promise<ErasureProof | undefined> {
      const { rows } = await db.raw(
        `SELECT id, rule, counts, erased_at, audit_rows, proof FROM person_erasure
         WHERE number_hmac = ? AND proof IS NOT NULL ORDER BY erased_at DESC LIMIT 1`,
        [hmacOf(studentNumber)],
      );
      const row = rows[0];
      if (row === undefined) return undefined;
      const { id, rule, counts, audit_rows, proof } = row;
      return { id, rule, counts, audit_rows, proof, erased_at: Math.floor(row.erased_at.getTime() / 1000) };
    },
  };
}
export type ErasureStore = ReturnType<typeof createErasureStore>;

interface DueStudent {
  id: number;
  student_number: string;
  enrolment_status: keyof typeof PERSON_KEPT_DAYS;
}
interface OpenErasure {
  id: string;
  number_hmac: Buffer;
  rule: string;
  counts: Record<string, number>;
  erased_at: Date;
  student_id: number;
}
