import { Refusal, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';
import { FACTS, type Fact } from '../domain/people/person.js';

/** What the issuer answers; it knows no building, and more than is asked here. */
const zText = z.string().max(200).default('');
const zAnswer = z.object({
  ...(Object.fromEntries(FACTS.map((fact) => [fact, zText])) as Record<Fact, typeof zText>),
  counsellor_staff_number: zText,
});

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
        const { counsellor_staff_number: counsellor, ...facts } = zAnswer.parse(answer);
        return { ...facts, counsellor: counsellor.toLowerCase() };
      } catch (cause) {
        if (cause instanceof ServiceCallError && cause.code === 'student-not-found')
          throw new Refusal('applicant-unknown');
        throw new Refusal('dependency-unavailable', { cause });
      }
    },
  };
}
