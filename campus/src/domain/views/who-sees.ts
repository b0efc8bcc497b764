import type { PersonActor } from '../cases/action.js';
import { ownerFor } from '../cases/advance.js';
import { type CaseState, currentForm, type StepState } from '../cases/case-state.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { FormValues } from '../definitions/form-schema.js';
import { type HeldRole, reaches } from '../people/person.js';

/** Every role somebody holds or stands in for. */
export const rolesOf = (viewer: PersonActor): HeldRole[] => [
  ...viewer.roles,
  ...viewer.standsInFor.flatMap(({ roles }) => roles),
];
const hasAny = (viewer: PersonActor, names: readonly string[]): boolean =>
  rolesOf(viewer).some(({ role }) => names.includes(role));

/** Whether a service lies in the part of campus somebody signed in to; the home page tells only what is open to everyone. */
function isWithin({ module, visible_to }: ServiceDefinition, { within }: PersonActor): boolean {
  return within === undefined || within === module || (within === 'home' && visible_to === 'everyone');
}

/** Whether somebody may learn that a service exists. For all others it does not. */
export function seesService(definition: ServiceDefinition, viewer: PersonActor): boolean {
  const { visible_to } = definition;
  if (!isWithin(definition, viewer)) return false;
  if (visible_to === 'everyone') return true;
  return (visible_to.applicants && viewer.person.startsWith('student:')) || hasAny(viewer, visible_to.roles);
}

/** Whether somebody may read a case: the applicant, who takes or took part, and who owns or owned a step of it. */
export function seesCase(definition: ServiceDefinition, state: CaseState, viewer: PersonActor): boolean {
  const { visible_to } = definition;
  if (!isWithin(definition, viewer)) return false;
  if (viewer.person === state.applicant.person) return visible_to === 'everyone' || visible_to.applicants;
  if (visible_to !== 'everyone' && !hasAny(viewer, visible_to.roles)) return false;
  const faces = new Set<string>([viewer.person, ...viewer.standsInFor.map(({ person }) => person)]);
  if (faces.has(state.startedBy) || state.participants.some((person) => faces.has(person))) return true;
  const roles = rolesOf(viewer);
  const owners = Object.values(state.steps).flatMap(ownersOf);
  if (definition.void_by !== null) owners.push(ownerFor(definition.void_by, state));
  return owners.some((owner) => roles.some((role) => reaches(role, owner)));
}

function ownersOf(step: StepState): HeldRole[] {
  if (step.status !== 'open' && step.status !== 'done') return [];
  const owners = step.slots.flatMap(({ owner }) => (owner.kind === 'role' ? [owner] : []));
  return step.status === 'open' && step.escalatedTo !== null ? [...owners, step.escalatedTo] : owners;
}

/** Whether the applicant stays unknown to somebody who may read the case. */
export function hidesApplicant(definition: ServiceDefinition, state: CaseState, viewer: PersonActor): boolean {
  const { anonymity } = definition;
  if (anonymity === null || viewer.person === state.applicant.person) return false;
  return currentForm(state)[anonymity.field] === true && !hasAny(viewer, anonymity.known_to);
}

/** The form as far as it is for this reader's eyes. */
export function visibleForm(definition: ServiceDefinition, state: CaseState, viewer: PersonActor): FormValues {
  const isApplicant = viewer.person === state.applicant.person;
  const hidden = hidesApplicant(definition, state, viewer);
  return Object.fromEntries(
    Object.entries(currentForm(state)).filter(([name]) => {
      const field = definition.form.properties[name];
      if (field === undefined) return false;
      if (hidden && field['x-prefill'] !== undefined) return false;
      const audience = field['x-audience'];
      return isApplicant || audience === undefined || hasAny(viewer, audience);
    }),
  );
}
