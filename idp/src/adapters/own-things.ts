import { Refusal, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';

const zThings = z.object({
  credential_state: z.enum(['valid', 'suspended', 'revoked']),
  held_by: z.enum(['holder', 'office']).nullable(),
  reason_code: z.string().nullable(),
  wallets: z.array(z.object({ since: z.number().int(), last_contact: z.number().int().nullable() })).max(100),
  card: z
    .object({
      last_four: z.string(),
      state: z.enum(['bound', 'suspended']),
      stopped_by: z.enum(['holder', 'office']).nullable(),
    })
    .nullable(),
});
export type OwnThings = z.output<typeof zThings>;
const zMoved = z.object({ ended: z.number().int(), wallet_link: z.url(), expires_at: z.iso.datetime() });
export type Moved = z.output<typeof zMoved>;

/** A student's phones and card at the issuer, for the one who is signed in here. */
export function createOwnThings(issuer: ServiceClient) {
  async function ask<T extends z.ZodType>(act: string, person: Person, answer: T): Promise<z.output<T>> {
    const options = { method: 'POST', body: { student_number: person.number }, actor: `account:${person.id}` } as const;
    try {
      return answer.parse(await issuer.json(`/v1/self-service/${act}`, options));
    } catch (cause) {
      if (!(cause instanceof ServiceCallError)) throw cause;
      if (cause.code === 'own-id-by-office' || cause.code === 'own-card-missing')
        throw new Refusal(cause.code, { cause });
      if (cause.code === 'student-not-eligible' || cause.code === 'credential-state-conflict')
        throw new Refusal('own-id-ended', { cause });
      throw new Refusal('dependency-unavailable', { cause });
    }
  }
  return {
    read: (person: Person) => ask('things', person, zThings),
    blockPhone: (person: Person) => ask('block-phone', person, zThings),
    blockCard: (person: Person) => ask('block-card', person, zThings),
    newPhone: (person: Person) => ask('new-phone', person, zMoved),
  };
}
export type OwnThingsClient = ReturnType<typeof createOwnThings>;

interface Person {
  readonly id: string;
  readonly number: string;
}
