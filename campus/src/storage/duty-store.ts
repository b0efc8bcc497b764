import type { Clock, Database, Transaction } from '@lanyard/platform';
import type { HeldRole, PersonId } from '../domain/people/person.js';

/** Whoever was not seen for so long may hold the role no more; the same number stands in the retention rule. */
const SEEN_MS = 14 * 86_400_000;
/** In a definition: whom an incident calls, and whom where they are late. */
const RESPONDERS = 'strict $.steps.** ? (@.kind == "respond").**.role';
const AGAIN_MS = 600_000;
const PEOPLE_AT_MOST = 5_000;

/**
 * Who can be reached for a duty, or for an office of an incident. Campus knows nobody's roles but of those who come: so
 * who opens the inbox with a role that some service calls is written down, and is forgotten when he comes without it or
 * does not come any more.
 */
export function createDutyStore(db: Database, clock: Clock) {
  const written = new Map<PersonId, { roles: string; atMs: number }>();
  return {
    /** At most once in ten minutes for the same roles. */
    async seen(person: PersonId, held: readonly HeldRole[]): Promise<void> {
      if (!person.startsWith('staff:')) return;
      const [nowMs, roles] = [clock.nowMs(), JSON.stringify(held)];
      const before = written.get(person);
      if (before?.roles === roles && nowMs - before.atMs < AGAIN_MS && nowMs >= before.atMs) return;
      await db.transaction(async (transaction) => {
        // Two pages of one person come after each other.
        await transaction.raw('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [`duty ${person}`]);
        await transaction.raw('DELETE FROM duty_holder WHERE person = ?', [person]);
        await transaction.raw(
          `INSERT INTO duty_holder (person, role, scope_kind, scope_value, seen_at)
           SELECT DISTINCT ?, role, kind, value, ?::timestamptz FROM unnest(?::text[], ?::text[], ?::text[]) AS one (role, kind, value)
           WHERE role IN (
             SELECT body #>> '{danger,duty,role}' FROM service_definition WHERE published_at IS NOT NULL
             UNION SELECT body #>> '{danger,on_breach,to,role}' FROM service_definition WHERE published_at IS NOT NULL
             UNION SELECT role #>> '{}' FROM service_definition, jsonb_path_query(body::jsonb, ?::jsonpath) AS role
               WHERE published_at IS NOT NULL)`,
          [
            ...[person, new Date(nowMs).toISOString(), held.map(({ role }) => role)],
            ...[held.map(({ scope }) => scope.kind), held.map(({ scope }) => scope.value), RESPONDERS],
          ] as never,
        );
      });
      if (written.size >= PEOPLE_AT_MOST) written.clear();
      written.set(person, { roles, atMs: nowMs });
    },
    /** Everybody whose role reaches one of those called, each once. */
    async holders(transaction: Transaction, called: readonly HeldRole[]): Promise<PersonId[]> {
      const { rows } = await transaction.raw(
        `SELECT DISTINCT h.person FROM duty_holder h
         JOIN unnest(?::text[], ?::text[], ?::text[]) AS c (role, kind, value) ON h.role = c.role
           AND (h.scope_kind = 'university' OR (h.scope_kind = c.kind AND h.scope_value = c.value))
         WHERE h.seen_at > ? ORDER BY h.person`,
        [
          ...[called.map(({ role }) => role), called.map(({ scope }) => scope.kind)],
          ...[called.map(({ scope }) => scope.value), new Date(clock.nowMs() - SEEN_MS)],
        ] as never,
      );
      return rows.map(({ person }: { person: PersonId }) => person);
    },
  };
}
export type DutyStore = ReturnType<typeof createDutyStore>;
