import type { PersonActor } from '../cases/action.js';
import { type CaseState, currentForm, subjectOf } from '../cases/case-state.js';
import { namedDanger } from '../cases/duty.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import { allSteps, isWaiting } from '../definitions/walk-steps.js';
import { isSamePerson } from '../people/person.js';
import { rolesOf } from '../views/who-sees.js';

/** The role by which somebody owns a step of a service. */
export function officeOf({ steps }: ServiceDefinition, actor: PersonActor): string | undefined {
  const owners = allSteps(steps).flatMap((step) => ('owners' in step && isWaiting(step) ? (step.owners ?? []) : []));
  const held = new Set(rolesOf(actor).map(({ role }) => role));
  return owners.find(({ role }) => held.has(role))?.role;
}

/** Whether who asked agreed that the answer is told to everybody; of a hidden service nothing is, nor of a text that named danger. */
export function agreesToPublish({ publish_field: field, visible_to }: ServiceDefinition, state: CaseState): boolean {
  return field !== undefined && visible_to === 'everyone' && currentForm(state)[field] === true && !namedDanger(state);
}

/** Whether somebody could publish what came of a case. */
export const mayPublish = (definition: ServiceDefinition, state: CaseState, actor: PersonActor): boolean =>
  state.status === 'closed' &&
  state.outcome === 'granted' &&
  !isSamePerson(subjectOf(state), actor.person) &&
  agreesToPublish(definition, state) &&
  officeOf(definition, actor) !== undefined;
