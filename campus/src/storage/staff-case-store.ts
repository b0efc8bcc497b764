import type { Database } from '@lanyard/platform';
import { type HeldRole, type PersonId, wholeRoles } from '../domain/people/person.js';

/** Who asks: the people somebody acts as, and every role they hold. */
export interface Reader {
  readonly people: readonly PersonId[];
  readonly roles: readonly HeldRole[];
}
export const STAFF_STATUSES = [
  ...['open', 'returned', 'closed', 'granted', 'refused', 'withdrawn', 'voided', 'late'],
] as const;
export interface StaffFilter {
  readonly service?: string | undefined;
  readonly module?: string | undefined;
  readonly status?: string | undefined;
  readonly college?: string | undefined;
  readonly class?: string | undefined;
  /** Number of the applicant. */
  readonly student?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
}
/** Where a page goes on: start and id of the last line. */
export interface StaffCaseKey {
  readonly startedAtMs: number;
  readonly id: string;
}

/** Cases somebody may read, the newest first. What it answers is a list of ids; the domain is asked about each once more. */
export function createStaffCaseStore(db: Database) {
  /** @returns ids in the order of the list, each with its start */
  async function page(
    reader: Reader,
    filter: StaffFilter,
    options: { after: StaffCaseKey | undefined; limit: number; nowMs: number; withRestricted?: boolean },
  ): Promise<StaffCaseKey[]> {
    const whole = new Set(wholeRoles(reader.roles));
    const parts = reader.roles.filter(({ role, scope }) => scope.kind !== 'university' && !whole.has(role));
    const names = [...new Set(reader.roles.map(({ role }) => role))];
    const [where, bindings] = conditionsOf(filter, names, options);
    const branch = (held: string) => `SELECT DISTINCT k.started_at, k.case_id FROM case_reader k
      JOIN service_case c ON c.id = k.case_id WHERE ${held} ${where}
      ORDER BY k.started_at DESC, k.case_id DESC LIMIT ?`;
    const { rows } = await db.raw(
      `SELECT case_id, started_at FROM (
           (SELECT mine.* FROM unnest(?::text[]) AS held (reader) CROSS JOIN LATERAL (
             ${branch('k.reader = held.reader')}) mine)
           UNION
           (SELECT mine.* FROM unnest(?::text[], ?::text[], ?::text[]) AS held (reader, kind, value) CROSS JOIN LATERAL (
             ${branch('k.reader = held.reader AND k.scope_kind = held.kind AND k.scope_value = held.value')}) mine)
         ) found ORDER BY started_at DESC, case_id DESC LIMIT ?`,
      [
        ...[[...whole, ...reader.people], ...bindings, options.limit],
        ...[parts.map(({ role }) => role), parts.map(({ scope }) => scope.kind), parts.map(({ scope }) => scope.value)],
        ...[...bindings, options.limit, options.limit],
      ] as never,
    );
    return (rows as { case_id: string; started_at: Date }[]).map((row) => ({
      id: row.case_id,
      startedAtMs: row.started_at.getTime(),
    }));
  }

  return {
    page,
    /**
     * Open absences of the services named, of the students of one's own parts of the university.
     * @param wanted what the roles named by each service reach
     */
    async away(wanted: readonly { service: string; scope: HeldRole['scope'] }[], limit: number): Promise<string[]> {
      const { rows } = await db.raw(
        `SELECT DISTINCT c.id, c.due_at FROM unnest(?::text[], ?::text[], ?::text[]) AS held (service, kind, value)
         JOIN service_case c ON c.is_away AND c.definition_id = held.service AND (
           held.kind = 'university' OR (held.kind = 'college' AND c.college = held.value)
           OR (held.kind = 'class' AND c.class = held.value) OR (held.kind = 'campus' AND c.campus = held.value)
           OR (held.kind = 'assigned' AND c.counsellor = held.value))
         ORDER BY c.due_at, c.id LIMIT ?`,
        [
          ...[wanted.map(({ service }) => service), wanted.map(({ scope }) => scope.kind)],
          ...[wanted.map(({ scope }) => scope.value), limit],
        ] as never,
      );
      return (rows as { id: string }[]).map(({ id }) => id);
    },
  };
}
export type StaffCaseStore = ReturnType<typeof createStaffCaseStore>;

/**
 * Who is unknown to the reader is not found by number, college or class either: a list that answers "none" to every
 * number but one would name him.
 */
function conditionsOf(
  filter: StaffFilter,
  roles: readonly string[],
  { after, nowMs, withRestricted = true }: { after: StaffCaseKey | undefined; nowMs: number; withRestricted?: boolean },
): [string, unknown[]] {
  const parts: [string, ...unknown[]][] = [
    withRestricted ? ['(c.seen_by IS NULL OR c.seen_by && ?::text[])', roles] : ['c.seen_by IS NULL'],
  ];
  const add = (sql: string, value: unknown) => value !== undefined && parts.push([sql, value]);
  add('c.definition_id = ?', filter.service);
  add('c.module = ?', filter.module);
  add('c.college = ?', filter.college);
  add('c.class = ?', filter.class);
  add('c.applicant = ?', filter.student === undefined ? undefined : `student:${filter.student}`);
  if ([filter.college, filter.class, filter.student].some((one) => one !== undefined))
    parts.push(['(c.known_to IS NULL OR c.known_to && ?::text[])', roles]);
  add('k.started_at >= ?::timestamptz', filter.fromMs === undefined ? undefined : iso(filter.fromMs));
  add('k.started_at < ?::timestamptz', filter.untilMs === undefined ? undefined : iso(filter.untilMs));
  const { status } = filter;
  if (status === 'late') parts.push(['c.due_at < ?::timestamptz', iso(nowMs)]);
  else if (status === 'open' || status === 'returned' || status === 'closed') add('c.status = ?', status);
  else add('c.outcome = ?', status);
  if (after !== undefined)
    parts.push(['(k.started_at, k.case_id) < (?::timestamptz, ?)', iso(after.startedAtMs), after.id]);
  return [parts.map(([sql]) => `AND ${sql}`).join(' '), parts.flatMap(([, ...values]) => values)];
}
const iso = (ms: number): string => new Date(ms).toISOString();
