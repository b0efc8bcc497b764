import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';

/** Most students that one search shows: a guard knows a number or a name, and does not leaf through the register. */
const SHOWN = 8;
/** How long a look may be acted on. */
const LOOK_MS = 15 * 60_000;
const KEPT_DAYS = 7;

export interface FoundPerson {
  look: string;
  row: number | null;
  name: string;
  student_number: string;
  college: string;
  class: string;
  credential_state: 'valid' | 'suspended' | 'revoked';
  registered: boolean;
  portrait_id: string | null;
}

interface PersonRow {
  id: number;
  student_number: string;
  name: string;
  college: string;
  class: string;
  portrait_id: Buffer | null;
  /** A day. */
  registered_until: string | null;
  credential_state: FoundPerson['credential_state'];
  row_number: number | null;
}

const escapeLike = (text: string) => text.replace(/[\\%_]/g, (character) => `\\${character}`);
const matchKey = (text: string) =>
  text
    .normalize('NFKC')
    .replace(/[\s·•‧∙・･●]/g, '')
    .toLowerCase();

/** Students as somebody at a gate finds them: whole numbers and names only, and every one that is shown is audited. */
export function createLookStore(db: Database, clock: Clock) {
  async function keepLook(transaction: Transaction, studentId: number, actor: string): Promise<string> {
    const look = randomBytes(16).toString('base64url');
    await transaction.raw('INSERT INTO person_look (id, student_id, actor, at) VALUES (?, ?, ?, ?)', [
      ...[look, studentId, actor, new Date(clock.nowMs())],
    ]);
    return look;
  }

  return {
    async search(q: string, actor: string): Promise<{ people: FoundPerson[]; more: boolean }> {
      const key = matchKey(q);
      return db.transaction(async (transaction: Transaction) => {
        const { rows } = await transaction.raw(
          `SELECT s.id, s.student_number, s.name, s.college, s.class, s.portrait_id, s.registered_until::text AS registered_until, hs.credential_state,
             CASE WHEN EXISTS (SELECT FROM gate_key g WHERE g.student_id = s.id AND g.removed_at IS NULL) THEN hs.row_number END AS row_number
           FROM student s JOIN holder_state hs ON hs.student_id = s.id
           WHERE s.student_number = ? OR (s.enrolment_status <> 'deceased' AND (s.name_match_key = ? OR s.pinyin_full = ? OR s.name_match_key LIKE ?))
           ORDER BY (s.student_number = ?) DESC, s.student_number LIMIT ?`,
          [q.trim(), key, key, `${escapeLike(key)}%`, q.trim(), SHOWN + 1],
        );
        const today = dayInShanghai(clock.nowMs());
        const found = rows.slice(0, SHOWN) as PersonRow[];
        const people: FoundPerson[] = [];
        for (const row of found) {
          people.push(personOf(row, await keepLook(transaction, row.id, actor), today));
        }
        await appendAudit(
          transaction,
          found.map((row, i) => ({
            ...{ actor, action: 'student.looked-up', subject: `student:${row.id}` },
            detail: { look: people[i]?.look },
          })),
          clock.nowMs(),
        );
        return { people, more: rows.length > SHOWN };
      });
    },
    /** The student of a row, for a window whose reader has just proved him; a look as any other. @throws Refusal `student-not-found` */
    async lookAtRow(rowNumber: number, actor: string): Promise<FoundPerson> {
      return db.transaction(async (transaction: Transaction) => {
        const { rows } = await transaction.raw(
          `SELECT s.id, s.student_number, s.name, s.college, s.class, s.portrait_id, s.registered_until::text AS registered_until,
             hs.credential_state, hs.row_number FROM student s JOIN holder_state hs ON hs.student_id = s.id WHERE hs.row_number = ?`,
          [rowNumber],
        );
        const row = rows[0] as PersonRow | undefined;
        if (row === undefined) throw new Refusal('student-not-found');
        const look = await keepLook(transaction, row.id, actor);
        const person = personOf(row, look, dayInShanghai(clock.nowMs()));
        await appendAudit(
          transaction,
          [{ actor, action: 'student.opened-at-window', subject: `student:${row.id}`, detail: { look } }],
          clock.nowMs(),
        );
        return person;
      });
    },
    /** The student behind a look of this actor, while it may be acted on. @throws Refusal `look-not-found` */
    async open(
      on: Database | Transaction,
      look: string,
      actor: string,
    ): Promise<{ studentId: number; row: number | null }> {
      const { rows } = await on.raw(
        `SELECT l.student_id, CASE WHEN EXISTS (SELECT FROM gate_key g WHERE g.student_id = l.student_id AND g.removed_at IS NULL) THEN h.row_number END AS row_number
         FROM person_look l LEFT JOIN holder h ON h.student_id = l.student_id WHERE l.id = ? AND l.actor = ? AND l.at > ?`,
        [look, actor, new Date(clock.nowMs() - LOOK_MS)],
      );
      if (rows[0] === undefined) throw new Refusal('look-not-found');
      const { student_id: studentId, row_number: row } = rows[0];
      return { studentId: Number(studentId), row: row === null ? null : Number(row) };
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM person_look WHERE at < ?', [new Date(clock.nowMs() - KEPT_DAYS * 86_400_000)]);
    },
  };
}
export type LookStore = ReturnType<typeof createLookStore>;

function personOf(row: PersonRow, look: string, today: string): FoundPerson {
  const { student_number, name, college, credential_state, registered_until, portrait_id, row_number } = row;
  return {
    look,
    row: row_number === null ? null : Number(row_number),
    ...{ name, student_number, college, class: row.class, credential_state },
    registered: registered_until !== null && registered_until >= today,
    portrait_id: portrait_id === null ? null : portrait_id.toString('base64url'),
  };
}
