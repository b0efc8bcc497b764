import { appendAudit, type Clock, type Database, type Queryable, Refusal, type Transaction } from '@lanyard/platform';
import { ringBell } from '../../adapters/change-bell.js';
import { CARD_VERBS } from '../../domain/cards/card-state.js';
import { endAllWallets } from '../credentials/wallet-store.js';
import type { createHoldStore } from '../people/hold-store.js';

/** What a student sees of his own phones and cards in any browser. */
export interface OwnThings {
  credential_state: 'valid' | 'suspended' | 'revoked';
  /** Who stopped the student ID, where it is stopped. */
  held_by: 'holder' | 'office' | null;
  reason_code: string | null;
  /** Unix seconds. */
  wallets: { since: number; last_contact: number | null }[];
  card: { last_four: string; state: 'bound' | 'suspended'; stopped_by: 'holder' | 'office' | null } | null;
}

/**
 * What a student does about a lost phone or card from any browser, once the identity layer has said who he is. Stopping
 * is at once and cannot be lifted here; only moving to a new phone ends what he stopped himself, and every wallet with it.
 */
export function createSelfServiceStore(
  db: Database,
  parts: {
    holds: ReturnType<typeof createHoldStore>;
    /** Tells the student on all channels, in the same transaction. */
    tell: (transaction: Transaction, studentNumber: string) => Promise<unknown>;
    clock: Clock;
  },
) {
  const { holds, tell, clock } = parts;
  const now = () => new Date(clock.nowMs());

  async function idOf(on: Queryable, number: string): Promise<number> {
    const { rows } = await on.raw('SELECT id FROM student WHERE student_number = ?', [number]);
    if (rows[0] === undefined) throw new Refusal('student-not-found');
    return Number(rows[0].id);
  }

  async function read(on: Queryable, studentId: number): Promise<OwnThings> {
    const [state, wallets, cards] = [
      await on.raw(
        `SELECT hs.credential_state, hs.hold, hs.reason_code, h.held_by FROM holder_state hs
         LEFT JOIN holder h ON h.student_id = hs.student_id WHERE hs.student_id = ?`,
        [studentId],
      ),
      await on.raw(
        'SELECT created_at, last_contact_at FROM wallet WHERE student_id = ? AND retired_at IS NULL ORDER BY id DESC',
        [studentId],
      ),
      await on.raw(
        "SELECT number, state, suspended_by FROM card WHERE student_id = ? AND state IN ('bound', 'suspended')",
        [studentId],
      ),
    ];
    const seconds = (at: Date) => Math.floor(at.getTime() / 1000);
    const [held, card] = [state.rows[0], cards.rows[0]];
    return {
      credential_state: held.credential_state,
      held_by: held.hold === 'none' ? null : (held.held_by ?? 'office'),
      reason_code: held.hold === 'none' ? null : held.reason_code,
      wallets: (wallets.rows as { created_at: Date; last_contact_at: Date | null }[]).map((row) => ({
        since: seconds(row.created_at),
        last_contact: row.last_contact_at === null ? null : seconds(row.last_contact_at),
      })),
      card:
        card === undefined
          ? null
          : {
              ...{ last_four: card.number.slice(-4), state: card.state },
              stopped_by: card.state === 'suspended' ? (card.suspended_by ?? 'office') : null,
            },
    };
  }

  return {
    /** @throws Refusal `student-not-found` */
    async read(studentNumber: string): Promise<OwnThings> {
      return read(db, await idOf(db, studentNumber));
    },

    /**
     * Stops the student ID on every phone, at once. A repeat changes nothing and is no error.
     * @throws Refusal `student-not-found`, `credential-state-conflict` where it is revoked
     */
    async blockPhone(studentNumber: string, actor: string): Promise<OwnThings> {
      const studentId = await idOf(db, studentNumber);
      const change = { studentNumber, verb: 'suspend', reasonCode: 'lost-phone', documentNumber: undefined } as const;
      try {
        await holds.change(db, { ...change, actor, by: 'holder' });
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'credential-state-conflict') throw error;
        if ((await read(db, studentId)).credential_state !== 'suspended') throw error;
      }
      return read(db, studentId);
    },

    /** Stops the card in use, at the next tap. A repeat is no error. @throws Refusal `student-not-found`, `own-card-missing` */
    async blockCard(studentNumber: string, actor: string): Promise<OwnThings> {
      return db.transaction(async (transaction) => {
        const studentId = await idOf(transaction, studentNumber);
        const { rows } = await transaction.raw(
          `UPDATE card SET state = 'suspended', suspended_by = 'holder', changed_at = ?
           WHERE student_id = ? AND state = 'bound' RETURNING id, number`,
          [now(), studentId],
        );
        const card = rows[0] as { id: number; number: string } | undefined;
        const after = await read(transaction, studentId);
        if (card === undefined) {
          if (after.card === null) throw new Refusal('own-card-missing');
          return after;
        }
        const { action } = CARD_VERBS.suspend;
        const detail = { by: 'holder', from: 'browser' };
        await appendAudit(
          transaction,
          [
            { actor, action, subject: `card:${card.id}`, detail },
            { actor, action, subject: `student:${studentId}`, detail: { ...detail, card: card.number } },
          ],
          clock.nowMs(),
        );
        return after;
      });
    },

    /**
     * Makes way for a new phone: every wallet there is ends, and the holder's own stop with it. What the office stopped
     * stays stopped.
     * @throws Refusal `student-not-found`, `own-id-by-office`, `student-not-eligible`
     */
    async makeWay(studentNumber: string, actor: string): Promise<{ ended: number }> {
      return db.transaction(async (transaction) => {
        const studentId = await idOf(transaction, studentNumber);
        await transaction.raw('SELECT 1 FROM student WHERE id = ? FOR UPDATE', [studentId]);
        const before = await read(transaction, studentId);
        if (before.held_by === 'office') throw new Refusal('own-id-by-office');
        const ended = await endAllWallets(transaction, studentId, now());
        if (before.held_by === 'holder') {
          const change = { studentNumber, verb: 'reinstate', reasonCode: 'holder-request' } as const;
          await holds.change(transaction, { ...change, documentNumber: undefined, actor, by: 'holder' });
        }
        // The old phone hears of its end the next time it asks, gates within seconds.
        await transaction.raw('UPDATE holder SET version = version + 1 WHERE student_id = ?', [studentId]);
        await ringBell(transaction);
        if ((await read(transaction, studentId)).credential_state !== 'valid')
          throw new Refusal('student-not-eligible');
        const subject = `student:${studentId}`;
        await appendAudit(transaction, [{ actor, action: 'wallets.ended', subject, detail: { ended } }], clock.nowMs());
        await tell(transaction, studentNumber);
        return { ended };
      });
    },
  };
}
export type SelfServiceStore = ReturnType<typeof createSelfServiceStore>;
