import { addressFromOutside, createRoutes, Refusal } from '@lanyard/platform';
import { zCallbackAnswer } from '../../api/partner.js';
import { type Callback, zCallback } from '../../domain/partners/callback.js';
import { type PartnerAuthenticationDeps, requirePartner } from './authenticate-partner.js';
import { noStore } from './partner-shapes.js';

/**
 * An address events may be sent to: https, no private one, except for hosts of LANYARD_FETCH_ALLOW. Where its name leads
 * is looked at again at each delivery. @throws Refusal `callback-not-allowed`
 */
export function requireCallback(callback: Callback, allowedHosts: readonly string[]): Callback {
  const url = addressFromOutside(callback.url, allowedHosts);
  if (url === undefined || url.hash !== '') throw new Refusal('callback-not-allowed');
  return { url: url.toString(), events: [...new Set(callback.events)] };
}

/** Where a partner is told of events, set by itself. */
export function createCallbackRoutes(deps: PartnerAuthenticationDeps & { allowedHosts: readonly string[] }) {
  const { partners } = deps;
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  const path = '/partner/v1/callback';
  route(
    { method: 'get', path, callers: ['open'], response: zCallbackAnswer, summary: 'Where you are told of events' },
    async ({ context }) => {
      const { callback } = await requirePartner(deps, context);
      return { headers: noStore, body: zCallbackAnswer.parse({ callback: callback ?? null }) };
    },
  );
  route(
    {
      ...{ method: 'put', path, callers: ['open'], body: zCallback, maxBodyBytes: 2_048 },
      ...{ response: zCallbackAnswer, summary: 'Sets the address and the events' },
    },
    async ({ body, context }) => {
      const partner = await requirePartner(deps, context);
      const callback = requireCallback(body, deps.allowedHosts);
      await partners.setCallback(partner.id, callback);
      return { headers: noStore, body: zCallbackAnswer.parse({ callback }) };
    },
  );
  route({ method: 'delete', path, callers: ['open'], summary: 'Events are sent no more' }, async ({ context }) => {
    const partner = await requirePartner(deps, context);
    await partners.setCallback(partner.id, null);
    return {};
  });
  route(
    { method: 'post', path: `${path}/test`, callers: ['open'], summary: 'Sends you the event callback.test' },
    async ({ context }) => {
      const partner = await requirePartner(deps, context);
      if (!(partner.callback?.events ?? []).includes('callback.test')) throw new Refusal('callback-not-allowed');
      await partners.testCallback(partner.id);
      return { status: 202, headers: noStore, body: {} };
    },
  );
  return router;
}
