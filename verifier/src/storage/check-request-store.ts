import { createHash } from 'node:crypto';
import type { Clock, Database, Transaction } from '@lanyard/platform';
import type { PartnerClaim } from '../domain/partners/partner.js';
import type { AnswerVerdict, Trusted } from '../domain/presentations/answer-reasons.js';
import type { AnswerResults } from '../domain/presentations/decide-answer.js';
import type { PartSealer } from './part-sealer.js';
import { tellPartner } from './partner-event-store.js';

/** How long an answered request waits for an issuer that is away. */
const SETTLE_WITHIN_MS = 600_000;
const KEPT_MS = 7 * 86_400_000;

/** A check that waits for the student; the id is that of the presentation, and of the check that comes of it. */
export interface CheckRequest {
  readonly id: string;
  readonly partnerId: string;
  readonly purpose: string;
  /** Agreed when it was made: what the wallet was told the partner would be told. */
  readonly claims: readonly PartnerClaim[];
  readonly state: 'open' | 'settled' | 'ended';
  readonly reason: string | undefined;
  /** Told only against the response code that the student's browser brings. */
  readonly heldBack: boolean;
}

/** What the sandbox remembers in the place of a presentation. */
export interface SandboxReturn {
  readonly returnUrl: string | undefined;
  readonly session: string | undefined;
}

/** An answered one, with what came of the presentation. */
export interface AnsweredRequest extends CheckRequest {
  readonly overall: AnswerVerdict & Trusted;
  readonly results: AnswerResults | undefined;
  readonly answeredAtMs: number;
}

interface Row {
  id: string;
  partner_id: string;
  purpose: string;
  claims: PartnerClaim[];
  state: CheckRequest['state'];
  reason: string | null;
  held_back: boolean;
}

const requestOf = (row: Row): CheckRequest => ({
  ...{ id: row.id, partnerId: row.partner_id, purpose: row.purpose, claims: row.claims, state: row.state },
  ...{ reason: row.reason ?? undefined, heldBack: row.held_back },
});

/** Checks by presentation until they are kept. Which process keeps one is decided by one UPDATE with a WHERE. */
export function createCheckRequestStore(db: Database, parts: { sealer: PartSealer; clock: Clock }) {
  const { clock } = parts;
  const at = (offsetMs = 0) => new Date(clock.nowMs() + offsetMs);
  return {
    /** Whether this key has been answered: its repeat costs nothing. */
    async isAnswered(partnerId: string, key: string): Promise<boolean> {
      const { rows } = await db.raw('SELECT FROM idempotency_key WHERE caller = ? AND key = ?', [
        `partner:${partnerId}`,
        key,
      ]);
      return rows.length > 0;
    },
    async create(
      transaction: Transaction,
      made: Omit<CheckRequest, 'state' | 'reason'> & { readonly sandbox?: SandboxReturn },
      expiresAtMs: number,
    ) {
      const { sandbox } = made;
      await transaction.raw(
        `INSERT INTO partner_check_request (id, partner_id, purpose, claims, held_back, state, created_at, expires_at, sandbox, sandbox_return_url, sandbox_session_digest)
         VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?)`,
        [
          ...[made.id, made.partnerId, made.purpose, [...made.claims], made.heldBack, at(), new Date(expiresAtMs)],
          ...[sandbox !== undefined, sandbox?.returnUrl ?? null],
          sandbox?.session === undefined ? null : createHash('sha256').update(sandbox.session).digest(),
        ],
      );
    },
    async find(partnerId: string, id: string): Promise<CheckRequest | undefined> {
      const { rows } = await db.raw(
        'SELECT id, partner_id, purpose, claims, state, reason, held_back FROM partner_check_request WHERE id = ? AND partner_id = ?',
        [id, partnerId],
      );
      return rows[0] === undefined ? undefined : requestOf(rows[0]);
    },
    /** Answered ones that are open still, the oldest first. */
    async findAnswered(limit: number): Promise<AnsweredRequest[]> {
      const { rows } = await db.raw(
        `SELECT r.id, r.partner_id, r.purpose, r.claims, r.state, r.reason, r.held_back, q.verdict, q.reason AS why, q.trust,
           q.result_sealed, q.answered_at
         FROM partner_check_request r JOIN presentation_request q ON q.id = r.id
         WHERE r.state = 'open' AND q.state = 'answered' ORDER BY q.answered_at LIMIT ?`,
        [limit],
      );
      return rows.map(
        (
          row: Row & {
            verdict: string;
            why: string | null;
            trust: 'local' | null;
            result_sealed: Buffer | null;
            answered_at: Date;
          },
        ) => ({
          ...requestOf(row),
          overall: {
            verdict: row.verdict,
            ...(row.why === null ? {} : { reason: row.why }),
            ...(row.trust === null ? {} : { trust: row.trust }),
          } as AnswerVerdict & Trusted,
          results:
            row.result_sealed === null
              ? undefined
              : (JSON.parse(parts.sealer.open(row.result_sealed, `${row.id} result`).toString()) as AnswerResults),
          answeredAtMs: row.answered_at.getTime(),
        }),
      );
    },
    /** True for the one process that goes on to keep the check, in the transaction of keeping it. */
    async settle(transaction: Transaction, id: string): Promise<boolean> {
      const { rowCount } = await transaction.raw(
        "UPDATE partner_check_request SET state = 'settled', settled_at = ? WHERE id = ? AND state = 'open'",
        [at(), id],
      );
      if (rowCount !== 1) return false;
      await transaction.raw('UPDATE presentation_request SET result_sealed = NULL WHERE id = ?', [id]);
      return true;
    },
    /** Nothing came of it, and nothing is kept; the partner is told so once. */
    async end({ id, partnerId }: Pick<CheckRequest, 'id' | 'partnerId'>, reason: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          "UPDATE partner_check_request SET state = 'ended', reason = ?, settled_at = ? WHERE id = ? AND state = 'open'",
          [reason, at(), id],
        );
        if (rowCount !== 1) return;
        await transaction.raw('UPDATE presentation_request SET result_sealed = NULL WHERE id = ?', [id]);
        await tellPartner(transaction, partnerId, { kind: 'check.ended', data: { check: id, reason } }, clock.nowMs());
      });
    },
    /** Open ones that were never answered in time, as far as their presentation says so too. */
    async findExpired(limit: number): Promise<CheckRequest[]> {
      const { rows } = await db.raw(
        `SELECT r.id, r.partner_id, r.purpose, r.claims, r.state, r.reason, r.held_back
         FROM partner_check_request r LEFT JOIN presentation_request q ON q.id = r.id
         WHERE r.state = 'open' AND r.expires_at <= ? AND q.state IS DISTINCT FROM 'answered' LIMIT ?`,
        [at(), limit],
      );
      return rows.map(requestOf);
    },
    isTooLate: ({ answeredAtMs }: Pick<AnsweredRequest, 'answeredAtMs'>) =>
      answeredAtMs + SETTLE_WITHIN_MS <= clock.nowMs(),
    async sweep(): Promise<void> {
      await db.raw("DELETE FROM partner_check_request WHERE created_at < ? AND state <> 'open'", [at(-KEPT_MS)]);
    },
  };
}
export type CheckRequestStore = ReturnType<typeof createCheckRequestStore>;
