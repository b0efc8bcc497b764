import type { Transaction } from '@lanyard/platform';
import type { CaseEvent } from '../domain/cases/case-event.js';
import type { CaseState } from '../domain/cases/case-state.js';
import type { ReadyDefinition } from '../domain/cases/live-case.js';
import { tasksOf } from '../domain/cases/tasks-of.js';
import { officeSpans, type RunEnd, type StepRun, stepRunsOf } from '../domain/statistics/step-runs.js';
import { isAway } from '../domain/views/away.js';
import { knownTo, readersOf } from '../domain/views/who-sees.js';

const MINUTE_MS = 60_000;

export interface ListedChange {
  readonly id: string;
  readonly ready: ReadyDefinition;
  /** Undefined for a case that begins, or where the whole log is given. */
  readonly before: CaseState | undefined;
  readonly state: CaseState;
  readonly events: readonly CaseEvent[];
}
/** Working milliseconds between two instants. */
export type WorkingMs = (fromMs: number, toMs: number) => number;

/**
 * The columns and tables that staff's lists and statistics are read from: a shadow of the state, written in the
 * transaction of the action. Only who holds the case's row may call it.
 */
export function createCaseListing(workingMs: WorkingMs) {
  const minutes = (fromMs: number, toMs: number) => Math.round(workingMs(fromMs, toMs) / MINUTE_MS);

  /** With the runs that ended just now. */
  async function officeMinutes(transaction: Transaction, id: string, ended: readonly StepRun[]): Promise<number> {
    const { rows } = await transaction.raw(
      'SELECT sequence, step, owner_role, opened_at, ended_at, how, is_late FROM step_run WHERE case_id = ?',
      [id],
    );
    const spans = officeSpans([...(rows as RunRow[]).map(runOf), ...ended]);
    return Math.round(spans.reduce((total, { fromMs, toMs }) => total + workingMs(fromMs, toMs), 0) / MINUTE_MS);
  }

  return {
    /** One statement more where nothing but the state changed: a count of places may be locked meanwhile. */
    async write(transaction: Transaction, change: ListedChange): Promise<void> {
      const { id, ready, before, state, events } = change;
      const { definition } = ready;
      const [rows, former] = [readerRows(ready, state), before === undefined ? [] : readerRows(ready, before)];
      if (former.some((row) => !rows.includes(row)))
        await transaction.raw('DELETE FROM case_reader WHERE case_id = ?', [id]);
      const readers = rows.map((row) => JSON.parse(row) as [string, string, string]);
      const runs = stepRunsOf(before, events);
      const due = tasksOf(state).map(({ dueAtMs }) => dueAtMs);
      const { facts } = state.applicant;
      await transaction.raw(
        `WITH readers AS (
           INSERT INTO case_reader (case_id, reader, scope_kind, scope_value, started_at)
           SELECT ?, reader, kind, value, ?::timestamptz FROM unnest(?::text[], ?::text[], ?::text[]) AS one (reader, kind, value)
           ON CONFLICT DO NOTHING
         ), runs AS (
           INSERT INTO step_run (case_id, sequence, step, owner_role, opened_at, ended_at, how, is_late, working_minutes)
           SELECT ?, * FROM unnest(?::integer[], ?::text[], ?::text[], ?::timestamptz[], ?::timestamptz[], ?::text[], ?::boolean[], ?::integer[])
         )
         UPDATE service_case SET module = ?, campus = ?, college = ?, class = ?, counsellor = ?, opened_step = ?, due_at = ?,
           is_away = ?, seen_by = ?::text[], known_to = ?::text[], office_minutes = ?,
           listed_version = CASE WHEN listed_version = ? THEN ? ELSE listed_version END
         WHERE id = ?`,
        [
          ...[id, new Date(state.startedAtMs).toISOString(), readers.map(([reader]) => reader)],
          ...[readers.map(([, kind]) => kind), readers.map(([, , value]) => value)],
          ...[id, runs.map(({ sequence }) => sequence), runs.map(({ step }) => step)],
          ...[runs.map(({ ownerRole }) => ownerRole), runs.map(({ openedAtMs }) => new Date(openedAtMs).toISOString())],
          ...[runs.map(({ endedAtMs }) => new Date(endedAtMs).toISOString()), runs.map(({ how }) => how)],
          ...[runs.map(({ isLate }) => isLate), runs.map((run) => minutes(run.openedAtMs, run.endedAtMs))],
          ...[definition.module, facts.campus, facts.college, facts.class, facts.counsellor],
          ...[tasksOf(state)[0]?.step ?? null, due.length === 0 ? null : new Date(Math.min(...due)).toISOString()],
          ...[isAway(definition, state), definition.visible_to === 'everyone' ? null : definition.visible_to.roles],
          ...[
            knownTo(definition, state),
            state.status === 'closed' ? await officeMinutes(transaction, id, runs) : null,
          ],
          ...[before?.version ?? 0, state.version, id],
        ] as never,
      );
    },
    /** What was written before is forgotten: the next write, of the whole log, is as the first. */
    async forget(transaction: Transaction, id: string): Promise<void> {
      await transaction.raw('DELETE FROM case_reader WHERE case_id = ?', [id]);
      await transaction.raw('DELETE FROM step_run WHERE case_id = ?', [id]);
      await transaction.raw('UPDATE service_case SET listed_version = 0 WHERE id = ?', [id]);
    },
  };
}
export type CaseListing = ReturnType<typeof createCaseListing>;

/** In a fixed order, so that two are compared as they stand. */
function readerRows({ definition }: ReadyDefinition, state: CaseState): string[] {
  const { roles, people } = readersOf(definition, state);
  const rows = [
    ...roles.map(({ role, scope }) => [role, scope.kind, scope.value]),
    // Only staff read lists.
    ...people.filter((person) => person.startsWith('staff:')).map((person) => [person, 'person', '']),
  ];
  return [...new Set(rows.map((row) => JSON.stringify(row)))].sort();
}

interface RunRow {
  sequence: number;
  step: string;
  owner_role: string | null;
  opened_at: Date;
  ended_at: Date;
  how: RunEnd;
  is_late: boolean;
}
const runOf = (row: RunRow): StepRun => ({
  ...{ sequence: row.sequence, step: row.step, ownerRole: row.owner_role, how: row.how, isLate: row.is_late },
  ...{ openedAtMs: row.opened_at.getTime(), endedAtMs: row.ended_at.getTime() },
});
