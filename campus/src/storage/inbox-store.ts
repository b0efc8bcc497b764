import type { Database } from '@lanyard/platform';
import { DUTY_STEP } from '../domain/definitions/danger.js';
import { type HeldRole, type PersonId, wholeRoles } from '../domain/people/person.js';

export interface InboxRow {
  readonly case_id: string;
  readonly step: string | null;
  readonly slot: number;
  readonly service: string;
  readonly service_version: number;
  readonly module: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly opened_at: Date;
  readonly due_at: Date;
}
/** Where a page goes on: due time, case, step, slot of the last line. */
export interface InboxKey {
  readonly dueAtMs: number;
  readonly caseId: string;
  readonly step: string;
  readonly slot: number;
}
/** Everybody somebody acts as: himself, and those he stands in for. */
export interface Face {
  readonly person: PersonId;
  readonly roles: readonly HeldRole[];
}

const COLUMNS = 'case_id, step, slot, opened_at, due_at';
const ORDER = 'due_at, case_id, step, slot';

/** Tasks of all services for one person, what is due first at the top; of danger to life by themselves. */
export function createInboxStore(db: Database) {
  return {
    async page(
      faces: readonly Face[],
      page: {
        actor: PersonId;
        after: InboxKey | undefined;
        limit: number;
        hiddenServices: readonly string[];
        danger: boolean;
      },
    ): Promise<InboxRow[]> {
      const roles = faces.flatMap((face) => face.roles);
      const whole = wholeRoles(roles);
      const parts = roles.filter(({ scope }) => scope.kind !== 'university');
      const [later, afterBindings] = afterOf(page.after);
      const after = `AND k.step ${page.danger ? '=' : '<>'} '${DUTY_STEP}' ${later}`;
      const own = page.actor.replace(/^staff:/, 'student:').toLowerCase();
      const rest = [...afterBindings, page.hiddenServices, own, page.actor, page.limit];
      // Each branch reads one index in the order of the page and no further than one page. Nobody's own case waits for
      // him by a role, nor by one he holds as staff under the same number.
      const end = `${after} AND NOT (k.service = ANY(?::text[])) AND lower(k.applicant) <> ? AND NOT (? = ANY(k.signers)) ORDER BY ${ORDER} LIMIT ?`;
      const { rows } = await db.raw(
        `SELECT t.case_id, nullif(t.step, '') AS step, t.slot, c.definition_id AS service, c.definition_version AS service_version,
           d.body ->> 'module' AS module, d.body #>> '{title,zh}' AS title_zh, d.body #>> '{title,en}' AS title_en, t.opened_at, t.due_at
         FROM (SELECT * FROM (
             (SELECT ${COLUMNS} FROM case_task k WHERE k.owner_person = ANY(?::text[]) ${after}
               AND NOT (k.service = ANY(?::text[])) ORDER BY ${ORDER} LIMIT ?)
             UNION
             (SELECT mine.* FROM unnest(?::text[]) AS held (role) CROSS JOIN LATERAL (
               SELECT ${COLUMNS} FROM case_task k WHERE k.owner_role = held.role ${end}) mine)
             UNION
             (SELECT mine.* FROM unnest(?::text[], ?::text[], ?::text[]) AS held (role, kind, value) CROSS JOIN LATERAL (
               SELECT ${COLUMNS} FROM case_task k
               WHERE k.owner_role = held.role AND k.scope_kind = held.kind AND k.scope_value = held.value ${end}) mine)
           ) found ORDER BY ${ORDER} LIMIT ?) t
         JOIN service_case c ON c.id = t.case_id
         JOIN service_definition d ON d.id = c.definition_id AND d.version = c.definition_version
         ORDER BY t.due_at, t.case_id, t.step, t.slot`,
        [
          ...[faces.map(({ person }) => person), ...afterBindings, page.hiddenServices, page.limit],
          ...[whole, ...rest],
          ...[
            parts.map(({ role }) => role),
            parts.map(({ scope }) => scope.kind),
            parts.map(({ scope }) => scope.value),
            ...rest,
          ],
          page.limit,
        ] as never,
      );
      return rows;
    },
  };
}
export type InboxStore = ReturnType<typeof createInboxStore>;

function afterOf(after: InboxKey | undefined): [string, (string | number)[]] {
  if (after === undefined) return ['', []];
  const { dueAtMs, caseId, step, slot } = after;
  return [
    'AND (k.due_at, k.case_id, k.step, k.slot) > (?::timestamptz, ?, ?, ?::integer)',
    [new Date(dueAtMs).toISOString(), caseId, step, slot],
  ];
}
