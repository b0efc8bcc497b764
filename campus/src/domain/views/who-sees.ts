import type { PersonActor } from '../cases/action.js';
import { ownerFor } from '../cases/advance.js';
import { type CaseState, currentForm, rolesOwning, type StepState, subjectOf } from '../cases/case-state.js';
import { dutyRoles } from '../cases/duty.js';
import { startsByRole } from '../cases/hand-in.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { FormValues } from '../definitions/form-schema.js';
import { type HeldRole, type PersonId, reaches } from '../people/person.js';

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

/** Whether somebody of the staff may report an incident of a service. */
export const mayReport = (definition: ServiceDefinition, viewer: PersonActor): boolean =>
  definition.about === 'incident' && startsByRole(definition, viewer);

/** Whether somebody may read a case: the applicant, who takes or took part, and who owns or owned a step of it. */
export function seesCase(definition: ServiceDefinition, state: CaseState, viewer: PersonActor): boolean {
  const { visible_to } = definition;
  if (!isWithin(definition, viewer)) return false;
  if (viewer.person === subjectOf(state)) return visible_to === 'everyone' || visible_to.applicants;
  if (visible_to !== 'everyone' && !hasAny(viewer, visible_to.roles)) return false;
  const readers = readersOf(definition, state);
  const faces = facesOf(viewer);
  if (readers.people.some((person) => faces.includes(person))) return true;
  const roles = rolesOf(viewer);
  return readers.roles.some((owner) => roles.some((role) => reaches(role, owner)));
}

/** Everybody somebody acts as: himself, and those he stands in for. */
export const facesOf = (viewer: PersonActor): PersonId[] => [
  viewer.person,
  ...viewer.standsInFor.map(({ person }) => person),
];

/** Who may read a case besides its applicant, where the service is visible to them at all. */
export function readersOf(
  definition: ServiceDefinition,
  state: CaseState,
): { roles: readonly HeldRole[]; people: readonly PersonId[] } {
  const roles = Object.values(state.steps).flatMap(ownersOf);
  if (definition.void_by !== null) roles.push(ownerFor(definition.void_by, state));
  return { roles, people: [...new Set([state.startedBy, ...state.participants])] };
}

function ownersOf(step: StepState): HeldRole[] {
  if (step.status !== 'open' && step.status !== 'done') return [];
  const owners = rolesOwning(step.slots);
  return step.status === 'open' && step.escalatedTo !== null ? [...owners, step.escalatedTo] : owners;
}

/** Whether the applicant stays unknown to somebody who may read the case. */
export function hidesApplicant(definition: ServiceDefinition, state: CaseState, viewer: PersonActor): boolean {
  if (viewer.person === state.applicant.person) return false;
  const known = knownTo(definition, state);
  return known !== null && !hasAny(viewer, known);
}

/**
 * Roles that know an applicant who wants to stay unknown; null where he is named. The duty of a case that names danger
 * knows him: the form said so before he wrote it.
 */
export const knownTo = ({ anonymity }: ServiceDefinition, state: CaseState): readonly string[] | null =>
  anonymity !== null && currentForm(state)[anonymity.field] === true
    ? [...anonymity.known_to, ...dutyRoles(state).map(({ role }) => role)]
    : null;

/** The form as far as it is for this reader's eyes. */
export function visibleForm(definition: ServiceDefinition, state: CaseState, viewer: PersonActor): FormValues {
  const isApplicant = viewer.person === subjectOf(state);
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
