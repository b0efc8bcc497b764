import { appendAudit, type Clock, type Database, type Queryable, Refusal } from '@lanyard/platform';
import { CARD_VERBS, type CardState } from '../../domain/cards/card-state.js';

/** How long a holder may lift his own suspension; after that the office does, with the person before it. */
export const OWN_REINSTATE_MS = 72 * 3_600_000;
const SHOWN = 10;

/** A card as its holder sees it. The number is what the office types: its end tells two cards apart. */
export interface OwnCard {
  last_four: string;
  state: Extract<CardState, 'bound' | 'suspended' | 'lost' | 'replaced'>;
  /** Unix seconds. */
  changed_at: number;
  suspended_by: 'holder' | 'office' | null;
  /** Until when the holder may lift his suspension from this wallet; null where only the office can. */
  may_reinstate_until: number | null;
}

interface OwnRow {
  number: string;
  state: OwnCard['state'];
  changed_at: Date;
  suspended_by: 'holder' | null;
  wallet_before: boolean;
}

interface Holder {
  readonly studentId: number;
  readonly walletId: number;
}

/**
 * Cards in their holder's hand: he stops the one in use at once and alone, and takes back only what he did himself,
 * within three days, from a wallet that was his before. Who steals card and password, and claims a wallet with them,
 * cannot lift it.
 */
export function createOwnCardStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());

  async function list(on: Queryable, { studentId, walletId }: Holder): Promise<OwnCard[]> {
    const { rows } = await on.raw(
      `SELECT c.number, c.state, c.changed_at, c.suspended_by, w.created_at <= c.changed_at AS wallet_before
       FROM card c, wallet w WHERE c.student_id = ? AND w.id = ? AND w.student_id = c.student_id
       ORDER BY (c.state IN ('bound', 'suspended')) DESC, c.changed_at DESC LIMIT ?`,
      [studentId, walletId, SHOWN],
    );
    return (rows as OwnRow[]).map((row) => {
      const until = row.changed_at.getTime() + OWN_REINSTATE_MS;
      const own = row.state === 'suspended' && row.suspended_by === 'holder';
      return {
        last_four: row.number.slice(-4),
        state: row.state,
        changed_at: Math.floor(row.changed_at.getTime() / 1000),
        suspended_by: row.state === 'suspended' ? (row.suspended_by ?? 'office') : null,
        may_reinstate_until: own && row.wallet_before && until > clock.nowMs() ? Math.floor(until / 1000) : null,
      };
    });
  }

  async function change(
    { studentId, walletId }: Holder,
    verb: 'suspend' | 'reinstate',
    statement: { readonly sql: string; readonly bindings: readonly (string | number | Date)[] },
    refuse: (on: Queryable) => Promise<Refusal>,
  ): Promise<OwnCard[]> {
    return db.transaction(async (transaction) => {
      const { rows } = await transaction.raw(statement.sql, [...statement.bindings]);
      const card = rows[0] as { id: number; number: string } | undefined;
      if (card === undefined) throw await refuse(transaction);
      const actor = `wallet:${walletId}`;
      const { action } = CARD_VERBS[verb];
      const detail = { card: card.number, by: 'holder' };
      await appendAudit(
        transaction,
        [
          { actor, action, subject: `card:${card.id}`, detail: { by: 'holder' } },
          { actor, action, subject: `student:${studentId}`, detail },
        ],
        clock.nowMs(),
      );
      return list(transaction, { studentId, walletId });
    });
  }

  return {
    list: (holder: Holder) => list(db, holder),

    /** Stops the card in use; a repeat changes nothing and is no error. @throws Refusal `own-card-missing` */
    async suspend(holder: Holder): Promise<OwnCard[]> {
      const statement = {
        sql: `UPDATE card SET state = 'suspended', suspended_by = 'holder', changed_at = ?
              WHERE student_id = ? AND state = 'bound' RETURNING id, number`,
        bindings: [now(), holder.studentId],
      };
      try {
        return await change(holder, 'suspend', statement, async () => new Refusal('own-card-missing'));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const after = await list(db, holder);
        if (after[0]?.state === 'suspended') return after;
        throw error;
      }
    },

    /** @throws Refusal `own-card-missing`, `own-card-by-office`, `own-card-too-late`, `own-card-new-wallet` */
    reinstate: (holder: Holder): Promise<OwnCard[]> =>
      change(
        holder,
        'reinstate',
        {
          sql: `UPDATE card c SET state = 'bound', suspended_by = NULL, changed_at = ? FROM wallet w
                WHERE c.student_id = ? AND c.state = 'suspended' AND c.suspended_by = 'holder' AND c.changed_at > ?
                  AND w.id = ? AND w.student_id = c.student_id AND w.created_at <= c.changed_at RETURNING c.id, c.number`,
          bindings: [now(), holder.studentId, new Date(clock.nowMs() - OWN_REINSTATE_MS), holder.walletId],
        },
        async (on) => {
          const [card] = await list(on, holder);
          if (card === undefined || card.state !== 'suspended') return new Refusal('own-card-missing');
          if (card.suspended_by === 'office') return new Refusal('own-card-by-office');
          const late = card.changed_at * 1000 <= clock.nowMs() - OWN_REINSTATE_MS;
          return new Refusal(late ? 'own-card-too-late' : 'own-card-new-wallet');
        },
      ),
  };
}
export type OwnCardStore = ReturnType<typeof createOwnCardStore>;
