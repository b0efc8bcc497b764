import { type Authenticate, actorOf, createRoutes } from '@lanyard/platform';
import { z } from 'zod';
import { zPartnerId } from '../../domain/partners/partner.js';
import type { PartnerCheckStore } from '../../storage/partner-check-store.js';

const zSubject = z.strictObject({ partner: zPartnerId, subject: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });
const bytesOf = (subject: string) => Buffer.from(subject, 'base64url');
const MOST_PARTNERS = 200;

/**
 * For the issuer alone, which knows whose subject is whose: what partners asked about a student, and the end of it. It
 * never says who; the verifier never learns it.
 */
export function createConsentRoutes(deps: { authenticate: Authenticate; checks: PartnerCheckStore }) {
  const { checks } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      ...{ method: 'post', path: '/v1/partner-consents/find', callers: ['service:issuer'] },
      body: z.strictObject({ subjects: z.array(zSubject).max(MOST_PARTNERS) }),
      maxBodyBytes: 32_768,
      summary: 'Checks of partners under these subjects: when, for what, which claims, taken back or not',
    },
    async ({ body }) => {
      const found = [];
      for (const { partner, subject } of body.subjects)
        found.push(...(await checks.findChecksOfSubject(partner, bytesOf(subject))));
      found.sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0));
      return { headers: { 'Cache-Control': 'no-store' }, body: { consents: found } };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/partner-consents/revoke', callers: ['service:issuer'], body: zSubject },
      ...{ maxBodyBytes: 1_024, summary: 'The student takes back every consent given to a partner' },
    },
    async ({ body, caller }) => ({
      body: { checks: await checks.revokeConsents(body.partner, bytesOf(body.subject), actorOf(caller)) },
    }),
  );
  return router;
}
