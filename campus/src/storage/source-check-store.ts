import type { Clock, Database, Transaction } from '@lanyard/platform';
import type { OpenCheck } from '../domain/checks/open-checks.js';
import { REGISTER_SOURCE } from '../domain/checks/source-names.js';

export type CheckAnswer = 'passed' | 'not-passed';
export type CheckState = 'open' | CheckAnswer | 'gone';
export interface RegisterCheck {
  readonly caseId: string;
  readonly step: string;
  readonly studentNumber: string;
  readonly asks: NonNullable<OpenCheck['asks']>;
}

const NUMBER = "substr(c.applicant, length('student:') + 1)";

/** Checks by source systems: the state's shadow, as tasks are, but what was answered stays as long as its case. */
export function createSourceCheckStore(db: Database, clock: Clock) {
  return {
    /** Part of every action on a case: opens what opened, ends what is open no more. */
    async settle(transaction: Transaction, caseId: string, checks: readonly OpenCheck[]): Promise<void> {
      await transaction.raw(
        "UPDATE source_check SET state = 'gone' WHERE case_id = ? AND state = 'open' AND step <> ALL(?::text[])",
        [caseId, checks.map(({ step }) => step)] as never,
      );
      for (const { step, source, asks, openedAtMs, dueAtMs } of checks)
        await transaction.raw(
          `INSERT INTO source_check (case_id, step, source, asks, state, opened_at, due_at) VALUES (?, ?, ?, ?, 'open', ?, ?)
           ON CONFLICT (case_id, step) DO UPDATE SET source = excluded.source, asks = excluded.asks, state = 'open',
             opened_at = excluded.opened_at, due_at = excluded.due_at, n = nextval(pg_get_serial_sequence('source_check', 'n'))
             WHERE source_check.opened_at <> excluded.opened_at`,
          [caseId, step, source, asks as never, new Date(openedAtMs), new Date(dueAtMs)],
        );
    },
    /** The sources given, each with how many checks wait for it. */
    async openBySource<S extends { id: string }>(sources: readonly S[]): Promise<(S & { open: number })[]> {
      const { rows } = await db.raw(
        "SELECT source, count(*)::int AS n FROM source_check WHERE state = 'open' GROUP BY source",
      );
      const counts = new Map((rows as { source: string; n: number }[]).map(({ source, n }) => [source, n]));
      return sources.map((source) => ({ ...source, open: counts.get(source.id) ?? 0 }));
    },
    /** Open checks of one source after a number; `next` is null at the end of a round, which begins at 0 again. */
    async page(source: string, after: string, limit: number) {
      const { rows } = await db.raw(
        `SELECT s.n::text AS n, s.case_id AS "case", s.step, ${NUMBER} AS student_number, s.opened_at, s.due_at
         FROM source_check s JOIN service_case c ON c.id = s.case_id
         WHERE s.source = ? AND s.state = 'open' AND s.n > ?::bigint ORDER BY s.n LIMIT ?`,
        [source, after, limit],
      );
      const found = rows as { n: string; case: string; step: string; student_number: string }[];
      return {
        checks: found.map(({ n: _, ...check }) => check),
        next: found.length === limit ? (found.at(-1)?.n ?? null) : null,
      };
    },
    /** Where a check of a source stands; the case is locked from here on. Undefined for what is not the source's. */
    async lock(
      transaction: Transaction,
      source: string,
      caseId: string,
      step: string,
    ): Promise<CheckState | undefined> {
      await transaction.raw('SELECT id FROM service_case WHERE id = ? FOR UPDATE', [caseId]);
      const { rows } = await transaction.raw(
        'SELECT state FROM source_check WHERE case_id = ? AND step = ? AND source = ?',
        [caseId, step, source],
      );
      return rows[0]?.state;
    },
    /** True once: of two answers the first counts. */
    async answer(transaction: Transaction, caseId: string, step: string, answer: CheckAnswer): Promise<boolean> {
      const { rowCount } = await transaction.raw(
        "UPDATE source_check SET state = ? WHERE case_id = ? AND step = ? AND state = 'open'",
        [answer, caseId, step],
      );
      return rowCount === 1;
    },
    /** What the register itself is asked, the oldest first. */
    async ofRegister(limit: number): Promise<RegisterCheck[]> {
      const { rows } = await db.raw(
        `SELECT s.case_id AS "caseId", s.step, ${NUMBER} AS "studentNumber", s.asks
         FROM source_check s JOIN service_case c ON c.id = s.case_id
         WHERE s.source = ? AND s.state = 'open' AND s.asks IS NOT NULL AND s.opened_at <= ? ORDER BY s.n LIMIT ?`,
        [REGISTER_SOURCE, new Date(clock.nowMs()), limit],
      );
      return rows;
    },
  };
}
export type SourceCheckStore = ReturnType<typeof createSourceCheckStore>;
