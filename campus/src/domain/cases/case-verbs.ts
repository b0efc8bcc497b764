import { isSamePerson, reaches } from '../people/person.js';
import type { PersonActor } from './action.js';
import { ownerFor, record } from './advance.js';
import { type LiveCase, subjectOf } from './case-state.js';
import { actsAs, onBehalfBy } from './hand-in.js';
import type { Done, Live } from './live-case.js';

const URGE_EVERY_MS = 24 * 3_600_000;

const isApplicant = (state: LiveCase, actor: PersonActor): boolean => actor.person === state.applicant.person;

export function withdraw({ ready, state, course, context }: Live, actor: PersonActor, reason: string): Done {
  if (!actsAs(actor, state.applicant.person)) return 'not-your-turn';
  if (!ready.definition.may_withdraw) return 'verb-not-here';
  record(course, {
    ...{ kind: 'closed', atMs: context.nowMs, outcome: 'withdrawn', by: actor.person, ...onBehalfBy(actor), reason },
  } as const);
  return undefined;
}

export function urge({ state, course, context }: Live, actor: PersonActor): Done {
  if (!isApplicant(state, actor)) return 'not-your-turn';
  if (state.status === 'returned') return 'case-waits-for-applicant';
  if (state.urgedAtMs !== null && context.nowMs - state.urgedAtMs < URGE_EVERY_MS) return 'urged-recently';
  record(course, { kind: 'urged', atMs: context.nowMs, by: actor.person });
  return undefined;
}

export function voidCase({ ready, state, course, context }: Live, actor: PersonActor, reason: string): Done {
  const rule = ready.definition.void_by;
  if (rule === null) return 'verb-not-here';
  const owner = ownerFor(rule, state);
  if (!actor.roles.some((role) => reaches(role, owner))) return 'not-your-turn';
  if (isSamePerson(subjectOf(state), actor.person)) return 'own-case';
  record(course, { kind: 'closed', atMs: context.nowMs, outcome: 'voided', by: actor.person, reason });
  return undefined;
}
