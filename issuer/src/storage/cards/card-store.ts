import { randomInt } from 'node:crypto';
import {
  appendAudit,
  type Clock,
  type Database,
  type Queryable,
  Refusal,
  type Transaction,
  violatedConstraint,
} from '@lanyard/platform';
import type { CardKeys } from '../../adapters/card-keys.js';
import { CARD_VERBS, type CardState, type CardVerb } from '../../domain/cards/card-state.js';
import { giveRowNumber } from '../people/gate-key-store.js';
import { propagateStudentChange } from '../people/propagate-change.js';

/** A card as staff see it: no UID, no key. */
export interface CardView {
  number: string;
  key_version: number;
  state: CardState;
  student_number: string | null;
  last_tap_at: Date | null;
  replays: number;
  last_replay_at: Date | null;
  created_at: Date;
  changed_at: Date;
}

const VIEW = `c.number, c.key_version, c.state, s.student_number, c.last_tap_at, c.replays, c.last_replay_at, c.created_at,
  c.changed_at FROM card c LEFT JOIN student s ON s.id = c.student_id`;

/** Batches, and the life of cards once they are personalised. Every change is audited in its own transaction. */
export function createCardStore(db: Database, parts: { keys: CardKeys; origin: string | undefined; clock: Clock }) {
  const { keys, clock } = parts;
  const now = () => new Date(clock.nowMs());

  return {
    /** A batch with a key version of its own; its master key is made here and is in the store before the row commits. */
    async createBatch(request: { keyVersion: number; name: string; actor: string }) {
      const { origin } = parts;
      if (origin === undefined) throw new Refusal('card-origin-missing');
      await db.transaction(async (transaction) => {
        try {
          await transaction.raw('INSERT INTO card_batch (key_version, name, origin, created_at) VALUES (?, ?, ?, ?)', [
            ...[request.keyVersion, request.name, origin, now()],
          ]);
        } catch (error) {
          if (violatedConstraint(error) === 'card_batch_pkey') throw new Refusal('card-key-exists', { cause: error });
          throw error;
        }
        await audit(transaction, request.actor, 'card-batch.created', `card-batch:${request.keyVersion}`, {});
        keys.create(request.keyVersion);
      });
    },

    async closeBatch(request: { keyVersion: number; actor: string }) {
      await db.transaction(async (transaction) => {
        const done = await transaction.raw(
          'UPDATE card_batch SET closed_at = ? WHERE key_version = ? AND closed_at IS NULL',
          [now(), request.keyVersion],
        );
        if (done.rowCount !== 1) throw new Refusal('card-batch-not-open');
        await audit(transaction, request.actor, 'card-batch.closed', `card-batch:${request.keyVersion}`, {});
      });
    },

    async listBatches() {
      const { rows } = await db.raw(
        `SELECT b.key_version, b.name, b.created_at, b.closed_at, jsonb_object_agg(c.state, c.n) FILTER (WHERE c.state IS NOT NULL) AS cards
         FROM card_batch b LEFT JOIN (SELECT key_version, state, count(*) AS n FROM card GROUP BY 1, 2) c USING (key_version)
         GROUP BY b.key_version ORDER BY b.key_version DESC`,
      );
      return { batches: rows.map((row: { cards: object | null }) => ({ ...row, cards: row.cards ?? {} })) };
    },

    async list(query: {
      state?: CardState | undefined;
      key_version?: number | undefined;
      number?: string | undefined;
      alarms: boolean;
      after?: string | undefined;
      limit: number;
    }) {
      const { rows } = await db.raw(
        `SELECT ${VIEW} WHERE c.number > ? AND (?::text IS NULL OR c.state = ?) AND (?::smallint IS NULL OR c.key_version = ?)
           AND (?::text IS NULL OR c.number = ? OR s.student_number = ?) AND (NOT ? OR c.replays > 0)
         ORDER BY c.number LIMIT ?`,
        [
          ...[query.after ?? '', query.state ?? null, query.state ?? null],
          ...[query.key_version ?? null, query.key_version ?? null],
          ...[query.number ?? null, query.number ?? null, query.number ?? null, query.alarms, query.limit + 1],
        ],
      );
      const cards = (rows as CardView[]).slice(0, query.limit);
      return { cards, next: rows.length > query.limit ? (cards.at(-1)?.number ?? null) : null };
    },

    /** Cards of a student, the newest first. */
    async ofStudent(studentNumber: string): Promise<{ cards: CardView[] }> {
      const { rows } = await db.raw(`SELECT ${VIEW} WHERE s.student_number = ? ORDER BY c.changed_at DESC LIMIT 20`, [
        studentNumber,
      ]);
      return { cards: rows };
    },

    /**
     * Gives a card from stock to a student. With `replace`, the card the student has ends in the same transaction.
     * @throws Refusal `card-not-found`, `student-not-found`, `card-state-conflict`, `student-has-card`
     */
    async bind(
      on: Queryable,
      request: { number: string; studentNumber: string; replace: boolean; actor: string },
    ): Promise<CardView> {
      return on.transaction(async (transaction) => {
        const found = await transaction.raw('SELECT id FROM student WHERE student_number = ?', [request.studentNumber]);
        const studentId: number | undefined = found.rows[0]?.id;
        if (studentId === undefined) throw new Refusal('student-not-found');
        if (request.replace) await endFormer(transaction, studentId, request.actor);
        const id = await changeState(transaction, {
          ...{ number: request.number, from: ['stock'], to: 'bound', studentId, now: now() },
        });
        await giveRowNumber(transaction, studentId);
        await propagateStudentChange(transaction, [studentId]);
        await audit(transaction, request.actor, 'card.bound', `card:${id}`, {});
        await audit(transaction, request.actor, 'card.bound', `student:${studentId}`, { card: request.number });
        return view(transaction, request.number);
      });
    },

    /** Suspends, reinstates, or ends as lost. @throws Refusal `card-not-found`, `card-state-conflict`, `student-has-card` */
    async change(
      on: Queryable,
      request: { number: string; verb: CardVerb; reasonCode: string; actor: string },
    ): Promise<CardView> {
      const rule = CARD_VERBS[request.verb];
      return on.transaction(async (transaction) => {
        const { number, reasonCode, actor } = request;
        const id = await changeState(transaction, { number, from: rule.from, to: rule.to, now: now() });
        await audit(transaction, actor, rule.action, `card:${id}`, { reason_code: reasonCode });
        const owner = await transaction.raw('SELECT student_id FROM card WHERE id = ?', [id]);
        const detail = { card: number, reason_code: reasonCode };
        await audit(transaction, actor, rule.action, `student:${owner.rows[0].student_id}`, detail);
        return view(transaction, number);
      });
    },
  };

  async function endFormer(transaction: Transaction, studentId: number, actor: string): Promise<void> {
    const { rows } = await transaction.raw(
      `UPDATE card SET state = 'replaced', changed_at = ? WHERE student_id = ? AND state IN ('bound', 'suspended')
       RETURNING id, number`,
      [now(), studentId],
    );
    for (const former of rows as { id: number; number: string }[]) {
      await audit(transaction, actor, 'card.replaced', `card:${former.id}`, {});
      await audit(transaction, actor, 'card.replaced', `student:${studentId}`, { card: former.number });
    }
  }

  async function audit(on: Transaction, actor: string, action: string, subject: string, detail: object): Promise<void> {
    await appendAudit(on, [{ actor, action, subject, detail: { ...detail } }], clock.nowMs());
  }
}
export type CardStore = ReturnType<typeof createCardStore>;

async function changeState(
  transaction: Transaction,
  change: { number: string; from: readonly CardState[]; to: CardState; studentId?: number; now: Date },
): Promise<number> {
  try {
    const { rows } = await transaction.raw(
      `UPDATE card SET state = ?, student_id = coalesce(?, student_id), changed_at = ?, suspended_by = NULL
       WHERE number = ? AND state = ANY(?) RETURNING id`,
      [change.to, change.studentId ?? null, change.now, change.number, [...change.from]],
    );
    if (rows[0] !== undefined) return rows[0].id;
  } catch (error) {
    if (violatedConstraint(error) === 'card_one_each') throw new Refusal('student-has-card', { cause: error });
    throw error;
  }
  const known = await transaction.raw('SELECT 1 FROM card WHERE number = ?', [change.number]);
  throw new Refusal(known.rowCount === 1 ? 'card-state-conflict' : 'card-not-found');
}

async function view(on: Queryable, number: string): Promise<CardView> {
  const { rows } = await on.raw(`SELECT ${VIEW} WHERE c.number = ?`, [number]);
  return rows[0];
}

/** A card that came onto a reader for the first time. The number is random: nobody can guess another one's. */
export async function insertCard(
  transaction: Transaction,
  card: { uidDigest: Buffer; keyVersion: number; now: Date },
): Promise<number> {
  for (;;) {
    const { rows } = await transaction.raw(
      `INSERT INTO card (number, uid_digest, key_version, state, created_at, changed_at) VALUES (?, ?, ?, 'personalising', ?, ?)
       ON CONFLICT ON CONSTRAINT card_number_once DO NOTHING RETURNING id`,
      [String(randomInt(10 ** 9, 10 ** 10)), card.uidDigest, card.keyVersion, card.now, card.now],
    );
    if (rows[0] !== undefined) return rows[0].id;
  }
}
