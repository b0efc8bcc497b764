import { Refusal, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';
import { FACTS, type Fact } from '../domain/people/person.js';

/** What the issuer answers; it says more than is asked here. */
const zText = z.string().max(200).default('');
const zAnswer = z.object({
  ...(Object.fromEntries(FACTS.map((fact) => [fact, zText])) as Record<Fact, typeof zText>),
  counsellor_staff_number: zText,
});
const zStanding = z.object({ enrolment_status: z.string().max(40), registered_until: z.string().max(10).nullable() });

/** The register of students, as forms are filled from it: never from what a caller says. */
export interface Register {
  /** @throws Refusal `applicant-unknown` for nobody, `dependency-unavailable` where the issuer is away */
  findFacts(studentNumber: string): Promise<Readonly<Record<Fact, string>>>;
  /** Whether somebody studies and until when he is registered. @throws as {@link findFacts} */
  findStanding(studentNumber: string): Promise<{ enrolmentStatus: string; registeredUntil: string | null }>;
}

export function createRegister(issuer: Pick<ServiceClient, 'json'>): Register {
  async function ask<T>(studentNumber: string, read: (answer: unknown) => T): Promise<T> {
    try {
      const body = { student_number: studentNumber };
      return read(await issuer.json<unknown>('/v1/student-facts', { method: 'POST', body }));
    } catch (cause) {
      if (cause instanceof ServiceCallError && cause.code === 'student-not-found')
        throw new Refusal('applicant-unknown');
      throw new Refusal('dependency-unavailable', { cause });
    }
  }
  return {
    findFacts: (studentNumber) =>
      ask(studentNumber, (answer) => {
        const { counsellor_staff_number: counsellor, ...facts } = zAnswer.parse(answer);
        return { ...facts, counsellor: counsellor.toLowerCase() };
      }),
    findStanding: (studentNumber) =>
      ask(studentNumber, (answer) => {
        const { enrolment_status, registered_until } = zStanding.parse(answer);
        return { enrolmentStatus: enrolment_status, registeredUntil: registered_until };
      }),
  };
}
