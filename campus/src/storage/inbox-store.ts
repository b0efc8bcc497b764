import type { Database } from '@lanyard/platform';
import type { HeldRole, PersonId } from '../domain/people/person.js';

export interface InboxRow {
  readonly case_id: string;
  readonly step: string | null;
  readonly slot: number;
  readonly service: string;
  readonly service_version: number;
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

/** Tasks of all services for one person, what is due first at the top. */
export function createInboxStore(db: Database) {
  return {
    async page(
      faces: readonly Face[],
      page: { actor: PersonId; after: InboxKey | undefined; limit: number; hiddenServices: readonly string[] },
    ): Promise<InboxRow[]> {
      const roles = faces.flatMap((face) => face.roles);
      const { rows } = await db.raw(
        `SELECT t.case_id, nullif(t.step, '') AS step, t.slot, c.definition_id AS service, c.definition_version AS service_version,
           d.body #>> '{title,zh}' AS title_zh, d.body #>> '{title,en}' AS title_en, t.opened_at, t.due_at
         FROM (
           SELECT case_id, step, slot, opened_at, due_at FROM case_task WHERE owner_person = ANY(?::text[])
           UNION
           SELECT k.case_id, k.step, k.slot, k.opened_at, k.due_at
           FROM unnest(?::text[], ?::text[], ?::text[]) AS held (role, kind, value)
           JOIN case_task k ON k.owner_role = held.role
             AND (held.kind = 'university' OR (k.scope_kind = held.kind AND k.scope_value = held.value))
         ) t
         JOIN service_case c ON c.id = t.case_id
         JOIN service_definition d ON d.id = c.definition_id AND d.version = c.definition_version
         WHERE (?::timestamptz IS NULL OR (t.due_at, t.case_id, t.step, t.slot) > (?::timestamptz, ?::text COLLATE "C", ?, ?::integer))
           AND NOT (c.definition_id = ANY(?::text[]))
           -- Nobody's own case waits for himself, except where it asks the applicant.
           AND (c.applicant <> ? OR EXISTS (
             SELECT FROM case_task own WHERE own.case_id = t.case_id AND own.step = t.step AND own.slot = t.slot AND own.owner_person = c.applicant))
         ORDER BY t.due_at, t.case_id, t.step, t.slot LIMIT ?`,
        [
          faces.map(({ person }) => person),
          roles.map(({ role }) => role),
          roles.map(({ scope }) => scope.kind),
          roles.map(({ scope }) => scope.value),
          ...afterOf(page.after),
          page.hiddenServices,
          page.actor,
          page.limit,
        ] as never,
      );
      return rows;
    },
  };
}
export type InboxStore = ReturnType<typeof createInboxStore>;

function afterOf(after: InboxKey | undefined): (string | number | null)[] {
  if (after === undefined) return [null, null, null, null, null];
  const at = new Date(after.dueAtMs).toISOString();
  return [at, at, after.caseId, after.step, after.slot];
}
