import type { PersonActor } from '../../src/domain/cases/action.js';
import { allSteps } from '../../src/domain/definitions/walk-steps.js';
import { type Applicant, FACTS, type Fact, type HeldRole, type PersonId } from '../../src/domain/people/person.js';
import { CATALOGUE } from './catalogue.js';

const WHOLE = { kind: 'university', value: '' } as const;

export function applicantOf(number: string, facts: Partial<Record<Fact, string>> = {}): Applicant {
  const known = {
    name: '张三',
    student_number: number,
    college: '软件学院',
    class: '软件2301',
    counsellor: 't0001',
    campus: '主校区',
    enrolment_status: 'enrolled',
    ...facts,
  };
  return {
    person: `student:${number}` as PersonId,
    facts: Object.fromEntries(FACTS.map((fact) => [fact, (known as never)[fact] ?? ''])) as never,
  };
}
export const person = (
  id: string,
  roles: readonly HeldRole[] = [],
  standsInFor: PersonActor['standsInFor'] = [],
): PersonActor => ({
  kind: 'person',
  person: id as PersonId,
  ...{ roles, standsInFor },
});
export const holder = (id: string, role: string, scope: HeldRole['scope'] = WHOLE): PersonActor =>
  person(id, [{ role, scope }]);

/** Every role that a definition of the catalogue names. */
export const ROLES = [
  ...new Set(
    CATALOGUE.flatMap(
      (definition) =>
        JSON.stringify([definition.void_by, allSteps(definition.steps)]).match(/(?<="role":")[a-z-]+/g) ?? [],
    ),
  ),
].sort();

/** Two people for each role, and a student who applies and holds every role himself. */
export const STAFF: PersonActor[] = ROLES.flatMap((role) => [1, 2].map((n) => holder(`staff:${role}-${n}`, role)));
export const ALMIGHTY_APPLICANT = person(
  'student:1',
  ROLES.map((role) => ({ role, scope: WHOLE })),
);
