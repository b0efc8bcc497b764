import type { Clock, Database, Transaction } from '@lanyard/platform';
import type { EffectRequest } from '../domain/effects/effect-request.js';
import { type CaseSealer, effectPlace } from './sealer.js';

/** A worker that does not come back within this time is dead: its call is made again. */
const LEASE_MS = 60_000;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

/** One call to make, taken by one worker for {@link LEASE_MS}. */
export interface TakenEffect {
  readonly caseId: string;
  readonly step: string;
  readonly request: EffectRequest;
  /** Number of this call; a later one makes its answer void, except that the act was done. */
  readonly tries: number;
}

/** Doubles from two seconds to a quarter of an hour. */
export const pauseAfter = (tries: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 20));

/**
 * Effects of cases. Asking is part of the transaction that brought the case there. A call is taken by one statement and
 * made outside of any transaction: two processes share the work, and who is killed leaves it to the other.
 */
export function createEffectStore(db: Database, deps: { sealer: CaseSealer; clock: Clock }) {
  const { sealer, clock } = deps;
  const now = () => new Date(clock.nowMs());
  return {
    async ask(transaction: Transaction, caseId: string, request: EffectRequest): Promise<void> {
      const { step, asked } = request;
      await transaction.raw(
        `INSERT INTO case_effect (case_id, step, act, request, state, asked_at, next_try_at) VALUES (?, ?, ?, ?, 'pending', ?, ?)
         ON CONFLICT (case_id, step) DO UPDATE SET act = excluded.act, request = excluded.request, state = 'pending',
           asked_at = excluded.asked_at, next_try_at = excluded.next_try_at, trouble = NULL, code = NULL, settled_at = NULL
           WHERE case_effect.state = 'refused'`,
        [caseId, step, asked.act, sealer.seal(request, effectPlace(caseId, step)), now(), now()],
      );
    },
    /** The one that waits longest; undefined where nothing is due. */
    async take(): Promise<TakenEffect | undefined> {
      const { rows } = await db.raw(
        `UPDATE case_effect SET tries = tries + 1, next_try_at = ? WHERE (case_id, step) IN (
           SELECT case_id, step FROM case_effect WHERE state = 'pending' AND next_try_at <= ?
           ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING case_id, step, request, tries`,
        [new Date(clock.nowMs() + LEASE_MS), now()],
      );
      const row: { case_id: string; step: string; request: Buffer; tries: number } | undefined = rows[0];
      if (row === undefined) return undefined;
      const { case_id: caseId, step, tries } = row;
      return { caseId, step, tries, request: sealer.open<EffectRequest>(row.request, effectPlace(caseId, step)) };
    },
    /** A call without an end: it is made again, later each time. @param trouble a code, never a text from outside */
    async putOff({ caseId, step, tries }: TakenEffect, trouble: string): Promise<void> {
      await db.raw(
        `UPDATE case_effect SET next_try_at = ?, trouble = ? WHERE case_id = ? AND step = ? AND tries = ? AND state = 'pending'`,
        [new Date(clock.nowMs() + pauseAfter(tries)), trouble.slice(0, 100), caseId, step, tries],
      );
    },
    /** Whether this call's refusal counts: not where a later call is being made. */
    async refused(transaction: Transaction, { caseId, step, tries }: TakenEffect, code: string): Promise<boolean> {
      const { rowCount } = await transaction.raw(
        `UPDATE case_effect SET state = 'refused', code = ?, settled_at = ? WHERE case_id = ? AND step = ? AND tries = ? AND state = 'pending'`,
        [code.slice(0, 100), now(), caseId, step, tries],
      );
      return rowCount === 1;
    },
    /** Done is done, whichever call says so; false where it was known. */
    async done(transaction: Transaction, { caseId, step }: TakenEffect, answer: object): Promise<boolean> {
      const { rowCount } = await transaction.raw(
        `UPDATE case_effect SET state = 'done', code = NULL, settled_at = ?, answer = ? WHERE case_id = ? AND step = ? AND state <> 'done'`,
        [now(), sealer.seal(answer, effectPlace(caseId, step)), caseId, step],
      );
      return rowCount === 1;
    },
    /** What the issuer answered to the effects of a case that are done, by step. */
    async answersOf(caseId: string): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
      const { rows } = await db.raw("SELECT step, answer FROM case_effect WHERE case_id = ? AND state = 'done'", [
        caseId,
      ]);
      return new Map(
        (rows as { step: string; answer: Buffer }[]).map(({ step, answer }) => [
          step,
          sealer.open<Record<string, unknown>>(answer, effectPlace(caseId, step)),
        ]),
      );
    },
  };
}
export type EffectStore = ReturnType<typeof createEffectStore>;
