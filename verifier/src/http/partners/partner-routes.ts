import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { zPartner, zPartnerId } from '../../domain/partners/partner.js';
import type { PartnerStore } from '../../storage/partner-store.js';

const staff = ['operator', 'service:admin'] as const;
const params = z.object({ id: zPartnerId });

/** Partners as staff register them. */
export function createPartnerRoutes(deps: { authenticate: Authenticate; partners: PartnerStore }) {
  const { partners } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/partners', callers: staff, summary: 'Partners, with what each may ask and learn' },
    async () => ({ body: { partners: await partners.list() } }),
  );
  route(
    {
      ...{ method: 'put', path: '/v1/partners/:id', callers: staff, params, body: zPartner, maxBodyBytes: 16_384 },
      summary: 'Registers a partner, or replaces what it may ask and its keys',
    },
    async ({ params: { id }, body, caller }) => {
      await partners.put(id, body, actorOf(caller));
      return { body: { id, ...body } };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/partners/:id/withdraw', callers: staff, params },
      summary: 'Ends a partner and its tokens at once',
    },
    async ({ params: { id }, caller }) => {
      if ((await partners.find(id)) === undefined) throw new Refusal('partner-not-found');
      await partners.withdraw(id, actorOf(caller));
      return {};
    },
  );
  return router;
}
