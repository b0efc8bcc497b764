import { type Authenticate, actorOf, createRoutes } from '@lanyard/platform';
import { z } from 'zod';
import { type ConfigurationId, SINGLE_CONFIGURATION_IDS } from '../../domain/credentials/configurations.js';
import type { OfferStore } from '../../storage/credentials/offer-store.js';
import type { SelfServiceStore } from '../../storage/rights/self-service-store.js';

export interface SelfServiceDeps {
  authenticate: Authenticate;
  selfService: SelfServiceStore;
  offers: Pick<OfferStore, 'create'>;
  canIssue: (id: ConfigurationId) => boolean;
  issuerUrl: string;
  walletUrl: string;
}

const idp = ['service:idp'] as const;
const zStudent = z.strictObject({ student_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) });
const OFFER_LIFE_MS = 10 * 60_000;

/** A lost phone or card, for a person the identity layer has just signed in; nobody else may ask. */
export function createSelfServiceRoutes(deps: SelfServiceDeps) {
  const { selfService } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  const options = { method: 'post', callers: idp, body: zStudent, maxBodyBytes: 1_024 } as const;
  const headers = { 'Cache-Control': 'no-store' };
  route(
    { ...options, path: '/v1/self-service/things', summary: 'A student’s own phones and card' },
    async ({ body }) => ({ body: await selfService.read(body.student_number), headers }),
  );
  route(
    { ...options, path: '/v1/self-service/block-phone', summary: 'Stops a student ID for its holder' },
    async ({ body, caller }) => ({ body: await selfService.blockPhone(body.student_number, actorOf(caller)), headers }),
  );
  route(
    { ...options, path: '/v1/self-service/block-card', summary: 'Stops a campus card for its holder' },
    async ({ body, caller }) => ({ body: await selfService.blockCard(body.student_number, actorOf(caller)), headers }),
  );
  route(
    {
      ...options,
      path: '/v1/self-service/new-phone',
      summary: 'Ends a student’s wallets and offers the student ID to a new one, by sign-in',
    },
    async ({ body, caller }) => {
      const actor = actorOf(caller);
      const { ended } = await selfService.makeWay(body.student_number, actor);
      const made = await deps.offers.create({
        studentNumber: body.student_number,
        configurationIds: { anyOf: SINGLE_CONFIGURATION_IDS.filter(deps.canIssue) },
        grants: ['authorization_code'],
        ...{ txCode: false, actor, lifeMs: OFFER_LIFE_MS },
      });
      const uri = `${deps.issuerUrl}/credential-offers/${made.id}`;
      return {
        status: 201,
        headers,
        body: {
          ...{ ended, credential_offer_uri: uri, expires_at: made.expiresAt.toISOString() },
          wallet_link: `${deps.walletUrl}/claim?credential_offer_uri=${encodeURIComponent(uri)}`,
        },
      };
    },
  );
  return router;
}
