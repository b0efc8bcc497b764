import type { PersonActor } from '../cases/action.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { OwnerRule } from '../definitions/step.js';
import { allSteps } from '../definitions/walk-steps.js';
import type { Scope } from '../people/person.js';
import { rolesOf, seesService } from './who-sees.js';

/** Every role that a service asks for something, in any step, after a breach, or to void. */
export function rolesNamedBy({ steps, void_by }: ServiceDefinition): string[] {
  const rules: OwnerRule[] = allSteps(steps).flatMap((step) => {
    if (step.kind === 'parallel') return [];
    const late = step.on_breach?.do === 'escalate' ? [step.on_breach.to] : [];
    if (step.kind === 'emit') return [...(step.owners ?? []), ...late];
    if (step.kind === 'student-confirm') return late;
    const chosen = step.kind === 'dispatch' ? step.choices.map(({ owner }) => owner) : [];
    return [...step.owners, ...chosen, ...late];
  });
  return [...new Set([...rules, ...(void_by === null ? [] : [void_by])].map(({ role }) => role))];
}

/** The parts of the university for which somebody holds a role that the service names; none where he does not see it. */
export function scopesIn(definition: ServiceDefinition, viewer: PersonActor): Scope[] {
  if (!seesService(definition, viewer)) return [];
  const named = new Set(rolesNamedBy(definition));
  return rolesOf(viewer).flatMap(({ role, scope }) => (named.has(role) ? [scope] : []));
}

/** What somebody may count of a service: all of it, some colleges, or nothing. */
export type Counted = 'whole' | readonly string[];

/**
 * Counting takes a role of the service for the whole university, or for a college. Of a service that takes anonymous
 * cases nothing is counted by college: in which college somebody complained is not for the department.
 */
export function countedIn(definition: ServiceDefinition, viewer: PersonActor): Counted {
  const scopes = scopesIn(definition, viewer);
  if (scopes.some(({ kind }) => kind === 'university')) return 'whole';
  if (definition.anonymity !== null) return [];
  return [...new Set(scopes.flatMap(({ kind, value }) => (kind === 'college' ? [value] : [])))];
}
