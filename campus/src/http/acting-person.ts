import { type Caller, Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import type { PersonActor } from '../domain/cases/action.js';
import { parseRoles } from '../domain/people/parse-roles.js';
import { parsePersonId } from '../domain/people/person.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import { moduleSessionOf } from './module-door.js';

/** Staff come through the console, students through the module pages; each says who is signed in there. */
export const people = ['service:admin', 'service:campus-web'] as const;

/**
 * Who acts: a student by the session at a module, who holds no role whatever a header says. For calls of services
 * `Lanyard-Actor` is `account:NUMBER` of the console, `student:NUMBER` of the module pages; `Lanyard-Roles` what
 * he holds. Whom he stands in for is looked up here: no caller may say it.
 */
export async function actingPerson(
  caller: Caller,
  context: Context,
  delegations: DelegationStore,
): Promise<PersonActor> {
  const session = moduleSessionOf(context);
  if (session !== undefined)
    return { kind: 'person', person: session.person, roles: [], standsInFor: [], within: session.part };
  const actor = caller.kind === 'service' ? caller.actor : undefined;
  const isStaff = caller.kind === 'service' && caller.id === 'admin';
  const person =
    actor === undefined
      ? undefined
      : isStaff
        ? parsePersonId(actor.replace(/^account:/, 'staff:'))
        : parsePersonId(actor);
  if (person === undefined || person.startsWith('staff:') !== isStaff) throw new Refusal('person-needed');
  const roles = parseRoles(context.get('Lanyard-Roles'), person);
  if (roles === undefined) throw new Refusal('roles-malformed');
  return { kind: 'person', person, roles, standsInFor: isStaff ? await delegations.standsInFor(person) : [] };
}
