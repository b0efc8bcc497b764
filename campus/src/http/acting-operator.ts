import { type Caller, Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import { wholeRoles } from '../domain/people/person.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import { actingPerson } from './acting-person.js';

/** Callers behind which the operator may stand. */
export const operators = ['operator', 'service:admin'] as const;

/**
 * The operator, by token, by the console's link, or by an account with that role for the whole university. Answers the
 * name for the audit, and the person where there is one.
 *
 * @throws Refusal `not-allowed`
 */
export async function actingOperator(
  caller: Caller,
  context: Context,
  { delegations, sealer }: { delegations: DelegationStore; sealer: CaseSealer },
) {
  if (caller.kind === 'operator' || (caller.kind === 'service' && caller.actor === 'operator'))
    return { actor: 'operator', person: undefined };
  const person = await actingPerson(caller, context, delegations);
  if (!wholeRoles(person.roles).includes('operator')) throw new Refusal('not-allowed');
  return { actor: sealer.auditName(person.person), person };
}
