import type { Register } from '../adapters/register.js';
import { attendedServices } from '../domain/definitions/check-form.js';
import type { FormSchema } from '../domain/definitions/form-schema.js';
import { attendedOf } from '../domain/people/attended.js';
import type { Applicant, PersonId } from '../domain/people/person.js';
import type { ActivityStore } from '../storage/activity-store.js';

/**
 * A student as a form is filled for him: facts of the register, and what he attended where the form tells of it.
 * @throws Refusal `applicant-unknown`, `dependency-unavailable` where the issuer is away
 */
export async function findApplicant(
  person: PersonId,
  form: FormSchema,
  deps: { readonly register: Register; readonly activities: Pick<ActivityStore, 'visits'> },
): Promise<Applicant> {
  const services = attendedServices(form);
  const [facts, visits] = await Promise.all([
    deps.register.findFacts(person.slice('student:'.length)),
    deps.activities.visits(person, services),
  ]);
  const attended = services.map((service) => [service, attendedOf(visits.filter((one) => one.service === service))]);
  return { person, facts, attended: Object.fromEntries(attended) };
}
