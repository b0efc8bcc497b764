import { randomBytes } from 'node:crypto';
import {
  appendAudit,
  type Clock,
  type Database,
  dayInShanghai,
  type Queryable,
  Refusal,
  type Transaction,
} from '@lanyard/platform';

/** Most students that one search shows: a guard knows a number or a name, and does not leaf through the register. */
const SHOWN = 8;
/** How long a look may be acted on. */
const LOOK_MS = 15 * 60_000;
/** So long the student can read who looked. */
const KEPT_DAYS = 30;

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

/** How a page came to be opened, as the student reads it. */
export type LookHow =
  | { readonly kind: 'search' | 'window' }
  | { readonly kind: 'nod'; readonly place_zh: string; readonly place_en: string; readonly purpose: string }
  | {
      readonly kind: 'without-nod';
      readonly place_zh: string;
      readonly place_en: string;
      readonly purpose: string;
      readonly reason: string;
    };

/** A look at a student as he reads it: where and what for, never who. `at` in Unix seconds. */
export interface HolderLook {
  at: number;
  kind: LookHow['kind'];
  place_zh: string | null;
  place_en: string | null;
  purpose: string | null;
  reason: string | null;
}

/** By how it was opened: the audit tells a scan from a nod, and both from a clerk's own reason. */
const LOOK_ACTIONS = {
  window: 'student.opened-at-window',
  nod: 'student.opened-by-nod',
  'without-nod': 'student.opened-without-nod',
} as const;
const NOWHERE = { place_zh: null, place_en: null, purpose: null };
const BY_ROW = `SELECT s.id, s.student_number, s.name, s.college, s.class, s.portrait_id, s.registered_until::text AS registered_until,
  hs.credential_state, hs.row_number FROM student s JOIN holder_state hs ON hs.student_id = s.id`;

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
  async function keepLook(transaction: Transaction, studentId: number, actor: string, how: LookHow): Promise<string> {
    const look = randomBytes(16).toString('base64url');
    const { place_zh, place_en, purpose } = 'place_zh' in how ? how : NOWHERE;
    await transaction.raw(
      `INSERT INTO person_look (id, student_id, actor, at, kind, place_zh, place_en, purpose, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...[look, studentId, actor, new Date(clock.nowMs()), how.kind, place_zh, place_en, purpose],
        how.kind === 'without-nod' ? how.reason : null,
      ],
    );
    return look;
  }

  async function lookAt(
    transaction: Transaction,
    rowNumber: number,
    actor: string,
    how: Exclude<LookHow, { kind: 'search' | 'window' }> | { readonly kind: 'window' },
  ): Promise<FoundPerson> {
    const { rows } = await transaction.raw(`${BY_ROW} WHERE hs.row_number = ?`, [rowNumber]);
    const row = rows[0] as PersonRow | undefined;
    if (row === undefined) throw new Refusal('student-not-found');
    const look = await keepLook(transaction, row.id, actor, how);
    const person = personOf(row, look, dayInShanghai(clock.nowMs()));
    const { kind, ...more } = how;
    await appendAudit(
      transaction,
      [{ actor, action: LOOK_ACTIONS[kind], subject: `student:${row.id}`, detail: { look, ...more } }],
      clock.nowMs(),
    );
    return person;
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
          people.push(personOf(row, await keepLook(transaction, row.id, actor, { kind: 'search' }), today));
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
      return db.transaction((transaction: Transaction) => lookAt(transaction, rowNumber, actor, { kind: 'window' }));
    },
    /** The same within a transaction, for what a nod opens. @throws Refusal `student-not-found` */
    lookAt,
    /** What a look of this actor has shown, again: no second look. @throws Refusal `look-not-found` */
    async again(transaction: Transaction, look: string, actor: string): Promise<FoundPerson> {
      const { rows } = await transaction.raw(
        `${BY_ROW} JOIN person_look l ON l.student_id = s.id WHERE l.id = ? AND l.actor = ? AND l.at > ?`,
        [look, actor, new Date(clock.nowMs() - LOOK_MS)],
      );
      const row = rows[0] as PersonRow | undefined;
      if (row === undefined) throw new Refusal('look-not-found');
      return personOf(row, look, dayInShanghai(clock.nowMs()));
    },
    /** Who looked at a student in the last thirty days, the newest first. */
    async ofStudent(on: Queryable, studentId: number, limit = 50): Promise<HolderLook[]> {
      const { rows } = await on.raw(
        `SELECT at, kind, place_zh, place_en, purpose, reason FROM person_look
         WHERE student_id = ? AND at > ? ORDER BY at DESC LIMIT ?`,
        [studentId, new Date(clock.nowMs() - KEPT_DAYS * 86_400_000), limit],
      );
      return (rows as (Omit<HolderLook, 'at'> & { at: Date })[]).map((row) => ({
        ...row,
        at: Math.floor(row.at.getTime() / 1000),
      }));
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
