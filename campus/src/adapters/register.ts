import { Refusal, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';
import { FACTS, type Fact } from '../domain/people/person.js';

/** What the issuer answers; it knows no building, and more than is asked here. */
const zAnswer = z.object(
  Object.fromEntries(FACTS.map((fact) => [fact, z.string().max(200).default('')])) as Record<
    Fact,
    z.ZodDefault<z.ZodString>
  >,
);

/** The register of students, as forms are filled from it: never from what a caller says. */
export interface Register {
  /** @throws Refusal `applicant-unknown` for nobody, `dependency-unavailable` where the issuer is away */
  findFacts(studentNumber: string): Promise<Readonly<Record<Fact, string>>>;
}

export function createRegister(issuer: Pick<ServiceClient, 'json'>): Register {
  return {
    async findFacts(studentNumber) {
      try {
        const answer = await issuer.json<unknown>('/v1/student-facts', {
          method: 'POST',
          body: { student_number: studentNumber },
        });
        return zAnswer.parse(answer);
      } catch (cause) {
        if (cause instanceof ServiceCallError && cause.code === 'student-not-found')
          throw new Refusal('applicant-unknown');
        throw new Refusal('dependency-unavailable', { cause });
      }
    },
  };
}
