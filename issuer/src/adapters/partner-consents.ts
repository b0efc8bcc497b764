import type { ServiceClient } from '@lanyard/platform';
import { z } from 'zod';

const zConsent = z.object({
  check: z.string(),
  partner: z.string(),
  name_zh: z.string(),
  name_en: z.string(),
  purpose: z.string(),
  kind: z.enum(['code', 'card', 'presentation']),
  claims: z.array(z.string()),
  at: z.iso.datetime(),
  result: z.enum(['eligible', 'not-eligible']),
  reason: z.string().nullable(),
  revoked_at: z.iso.datetime().nullable(),
});
const zConsents = z.object({ consents: z.array(zConsent) });
const zRevoked = z.object({ checks: z.number().int().min(0) });
export type PartnerConsent = z.output<typeof zConsent>;

const ASK_MS = 8_000;
const post = (body: unknown) => ({ method: 'POST', body, timeoutMs: ASK_MS }) as const;

/** What partners asked about students, and the end of their consent; the verifier never learns who it was. */
export function createPartnerConsents(client: ServiceClient) {
  return {
    async find(subjects: readonly { partner: string; subject: string }[]): Promise<PartnerConsent[]> {
      return zConsents.parse(await client.json('/v1/partner-consents/find', post({ subjects }))).consents;
    },
    /** How many checks that ended. */
    async revoke(subject: { partner: string; subject: string }): Promise<number> {
      return zRevoked.parse(await client.json('/v1/partner-consents/revoke', post(subject))).checks;
    },
  };
}
export type PartnerConsents = ReturnType<typeof createPartnerConsents>;
