import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { zPartner, zPartnerId } from '../../domain/partners/partner.js';
import type { PartnerEventStore } from '../../storage/partner-event-store.js';
import type { PartnerStore } from '../../storage/partner-store.js';
import { requireCallback } from './callback-routes.js';

const staff = ['operator', 'service:admin'] as const;
const params = z.object({ id: zPartnerId });
const zEventId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);

/** Partners as staff register them, and whether they hear what they are told. */
export function createPartnerRoutes(deps: {
  authenticate: Authenticate;
  partners: PartnerStore;
  events: PartnerEventStore;
  allowedHosts: readonly string[];
}) {
  const { events, partners } = deps;
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
      const { callback } = body;
      const checked = callback ? { ...body, callback: requireCallback(callback, deps.allowedHosts) } : body;
      await partners.put(id, checked, actorOf(caller));
      return { body: { id, ...checked } };
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
  route(
    {
      ...{ method: 'get', path: '/v1/partners/:id/events', callers: staff, params },
      ...{
        query: z.object({ before: zEventId.optional() }),
        summary: 'Events of a partner: delivered, waiting, given up',
      },
    },
    async ({ params: { id }, query }) => ({ body: { events: await events.list(id, query.before) } }),
  );
  route(
    {
      ...{ method: 'post', path: '/v1/partners/:id/events/:event/retry', callers: staff },
      ...{ params: params.extend({ event: zEventId }), summary: 'Tries an event again at once' },
    },
    async ({ params: { id, event }, caller }) => {
      await events.retry(id, event, actorOf(caller));
      return {};
    },
  );
  return router;
}
