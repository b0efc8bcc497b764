import { type Clock, type Logger, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';
import { parseRoles } from '../domain/people/parse-roles.js';
import type { HeldRole, PersonId } from '../domain/people/person.js';

const FRESH_MS = 30_000;
/** What was last known counts this long while the identity layer is away; afterwards nobody is known to hold anything. */
const AWAY_MS = 600_000;
const TIMEOUT_MS = 3_000;
const PEOPLE_AT_MOST = 5_000;

const zAnswer = z.object({ roles: z.array(z.string().max(200)).max(100) });

/** What a member of staff who is not here may do today, by the identity layer. */
export interface StaffRoles {
  of(person: PersonId): Promise<readonly HeldRole[]>;
}

/** Asks at most once in half a minute for each member of staff. */
export function createStaffRoles(parts: { idp: Pick<ServiceClient, 'json'>; clock: Clock; log: Logger }): StaffRoles {
  const { idp, clock, log } = parts;
  const known = new Map<PersonId, { roles: readonly HeldRole[]; atMs: number }>();
  async function ask(person: PersonId): Promise<readonly HeldRole[]> {
    const staff_number = person.slice(person.indexOf(':') + 1);
    const call = { method: 'POST', body: { staff_number }, timeoutMs: TIMEOUT_MS };
    const { roles } = zAnswer.parse(await idp.json<unknown>('/v1/staff-roles', call));
    return parseRoles(roles.map(encodeURIComponent).join(','), person) ?? [];
  }
  return {
    async of(person) {
      const before = known.get(person);
      const ageMs = before === undefined ? Number.POSITIVE_INFINITY : clock.nowMs() - before.atMs;
      if (before !== undefined && ageMs < FRESH_MS) return before.roles;
      try {
        const roles = await ask(person);
        if (known.size >= PEOPLE_AT_MOST) known.clear();
        known.set(person, { roles, atMs: clock.nowMs() });
        return roles;
      } catch (error) {
        log.warn('staff-roles.away', { code: error instanceof ServiceCallError ? error.code : 'answer-unreadable' });
        return before !== undefined && ageMs < AWAY_MS ? before.roles : [];
      }
    },
  };
}
