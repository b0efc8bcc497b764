import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Queryable, Refusal, type Transaction } from '@lanyard/platform';
import { ringBell } from '../../adapters/change-bell.js';
import type { NodPurpose } from '../../domain/people/nod-purposes.js';
import type { FoundPerson, LookStore } from './look-store.js';

/** How long a student may take, and how long the clerk may open what was agreed to. */
export const NOD_MS = 60_000;
const OPEN_WITHIN_MS = 15 * 60_000;

export type NodState = 'asked' | 'agreed' | 'refused' | 'nothing';

/** A question as the wallet shows it; times in Unix seconds. */
export interface AskedNod {
  id: string;
  place_zh: string;
  place_en: string;
  purpose: NodPurpose;
  expires_at: number;
}

interface NodRow {
  id: string;
  student_id: number;
  row_number: number;
  place_zh: string;
  place_en: string;
  purpose: NodPurpose;
  answer: 'agreed' | 'refused' | null;
  asked_at: Date;
  expires_at: Date;
  look_id: string | null;
}

/** Questions of students that nobody has answered and whose time is not over. */
export async function openNods(on: Queryable, studentId: number, nowMs: number): Promise<AskedNod[]> {
  const { rows } = await on.raw(
    `SELECT id, place_zh, place_en, purpose, expires_at FROM nod
     WHERE student_id = ? AND answer IS NULL AND expires_at > ? ORDER BY asked_at LIMIT 4`,
    [studentId, new Date(nowMs)],
  );
  return (rows as NodRow[]).map(({ expires_at, id, place_zh, place_en, purpose }) => ({
    ...{ id, place_zh, place_en, purpose },
    expires_at: Math.floor(expires_at.getTime() / 1000),
  }));
}

/**
 * Nods: asked by a window about somebody its reader has proved, answered once by the student's own wallet. A page is
 * opened only by an answer that says yes, or by the clerk's own audited reason where nothing was answered; after a
 * refusal by nothing.
 */
export function createNodStore(db: Database, parts: { looks: LookStore; clock: Clock }) {
  const { looks, clock } = parts;
  const now = () => new Date(clock.nowMs());
  const audit = (transaction: Transaction, actor: string, action: string, studentId: number, detail: object) =>
    appendAudit(
      transaction,
      [{ actor, action, subject: `student:${studentId}`, detail: { ...detail } }],
      clock.nowMs(),
    );

  async function find(on: Queryable, id: string, actor: string): Promise<NodRow> {
    const { rows } = await on.raw(
      `SELECT n.id, n.student_id, h.row_number, n.place_zh, n.place_en, n.purpose, n.answer, n.asked_at, n.expires_at, n.look_id
       FROM nod n JOIN holder h ON h.student_id = n.student_id WHERE n.id = ? AND n.actor = ? FOR UPDATE OF n`,
      [id, actor],
    );
    if (rows[0] === undefined) throw new Refusal('nod-not-found');
    return rows[0];
  }
  const stateOf = (row: NodRow): NodState => {
    if (row.answer !== null) return row.answer;
    return row.expires_at.getTime() <= clock.nowMs() ? 'nothing' : 'asked';
  };
  /** The same page again for a lost answer, as long as a look lives. */
  async function open(
    transaction: Transaction,
    row: NodRow,
    actor: string,
    how: { kind: 'nod' } | { kind: 'without-nod'; reason: string },
  ): Promise<FoundPerson> {
    if (row.asked_at.getTime() < clock.nowMs() - OPEN_WITHIN_MS) throw new Refusal('nod-over');
    if (row.look_id !== null) return looks.again(transaction, row.look_id, actor);
    const { place_zh, place_en, purpose } = row;
    const person = await looks.lookAt(transaction, row.row_number, actor, { ...how, place_zh, place_en, purpose });
    await transaction.raw('UPDATE nod SET look_id = ? WHERE id = ?', [person.look, row.id]);
    return person;
  }

  return {
    /** Asks the student of a row. A clerk asks one thing at a time: an earlier question of his is over. @throws Refusal `student-not-found` */
    async ask(request: {
      row: number;
      actor: string;
      placeZh: string;
      placeEn: string;
      purpose: NodPurpose;
    }): Promise<{ id: string; expiresAt: Date }> {
      const { row, actor, placeZh, placeEn, purpose } = request;
      return db.transaction(async (transaction) => {
        const found = await transaction.raw('SELECT student_id FROM holder WHERE row_number = ?', [row]);
        const studentId: number | undefined = found.rows[0]?.student_id;
        if (studentId === undefined) throw new Refusal('student-not-found');
        await transaction.raw('UPDATE nod SET expires_at = ? WHERE actor = ? AND answer IS NULL AND expires_at > ?', [
          ...[now(), actor, now()],
        ]);
        const id = randomBytes(16).toString('base64url');
        const expiresAt = new Date(clock.nowMs() + NOD_MS);
        await transaction.raw(
          `INSERT INTO nod (id, student_id, actor, place_zh, place_en, purpose, asked_at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          [id, studentId, actor, placeZh, placeEn, purpose, now(), expiresAt],
        );
        await audit(transaction, actor, 'nod.asked', studentId, { nod: id, place: placeEn, purpose });
        await ringBell(transaction);
        return { id, expiresAt };
      });
    },

    /** What came of a question, with the page once it was agreed to. @throws Refusal `nod-not-found`, `nod-over` */
    async read(id: string, actor: string): Promise<{ state: NodState; expiresAt: Date; person?: FoundPerson }> {
      return db.transaction(async (transaction) => {
        const row = await find(transaction, id, actor);
        const state = stateOf(row);
        const base = { state, expiresAt: row.expires_at };
        if (state !== 'agreed') return base;
        return { ...base, person: await open(transaction, row, actor, { kind: 'nod' }) };
      });
    },

    /** Opens the page of somebody who has not answered, for a reason. @throws Refusal `nod-refused`, `nod-not-found`, `nod-over` */
    async goAround(id: string, actor: string, reason: string): Promise<FoundPerson> {
      return db.transaction(async (transaction) => {
        const row = await find(transaction, id, actor);
        if (row.answer === 'refused') throw new Refusal('nod-refused');
        // Answered later, it would be about a page that is open already.
        await transaction.raw('UPDATE nod SET expires_at = least(expires_at, ?) WHERE id = ?', [now(), id]);
        await ringBell(transaction);
        return open(transaction, row, actor, { kind: 'without-nod', reason });
      });
    },

    /** The student's answer, once, in time. @throws Refusal `nod-not-found` for another's, `nod-over` */
    async answer(request: {
      id: string;
      studentId: number;
      walletId: number;
      answer: 'agreed' | 'refused';
    }): Promise<void> {
      const { id, studentId, walletId, answer } = request;
      await db.transaction(async (transaction) => {
        const taken = await transaction.raw(
          `UPDATE nod SET answer = ?, answered_at = ? WHERE id = ? AND student_id = ? AND answer IS NULL AND expires_at > ?`,
          [answer, now(), id, studentId, now()],
        );
        if (taken.rowCount !== 1) {
          const known = await transaction.raw('SELECT 1 FROM nod WHERE id = ? AND student_id = ?', [id, studentId]);
          throw new Refusal(known.rows.length === 0 ? 'nod-not-found' : 'nod-over');
        }
        await audit(transaction, `wallet:${walletId}`, `nod.${answer}`, studentId, { nod: id });
        await ringBell(transaction);
      });
    },
  };
}
export type NodStore = ReturnType<typeof createNodStore>;
