import { createPublicKey } from 'node:crypto';
import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { NoticeAddressStore } from '../storage/notice-address-store.js';
import { actingPerson, people } from './acting-person.js';

const zEndpoint = z.string().min(10).max(1_024);
const zSubscription = z.strictObject({
  endpoint: zEndpoint,
  keys: z.strictObject({
    // An uncompressed point of P-256, and 16 bytes.
    p256dh: z
      .string()
      .regex(/^B[A-Za-z0-9_-]{86}$/)
      .refine(isPoint, 'is no point of P-256'),
    auth: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  }),
});

/** Browsers that show notices (RFC 8030). */
export function createPushRoutes(deps: {
  authenticate: Authenticate;
  delegations: DelegationStore;
  addresses: Pick<NoticeAddressStore, 'putBrowser' | 'removeBrowser'>;
  publicKey: string;
  /** Whether an address a browser named may be called at all. */
  mayCall: (endpoint: string) => boolean;
}) {
  const { addresses } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/push-key', callers: people, summary: 'The key a browser subscribes with (RFC 8292)' },
    () => ({ body: { key: deps.publicKey } }),
  );
  route(
    {
      method: 'put',
      path: '/v1/push-subscriptions',
      callers: people,
      body: zSubscription,
      summary: 'Notices are shown by this browser as well',
    },
    async ({ body, caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      if (!deps.mayCall(body.endpoint)) throw new Refusal('push-endpoint-not-allowed');
      await addresses.putBrowser(person, { channel: 'push', endpoint: body.endpoint, ...body.keys });
      return {};
    },
  );
  route(
    {
      method: 'delete',
      path: '/v1/push-subscriptions',
      callers: people,
      body: z.strictObject({ endpoint: zEndpoint }),
      summary: 'Notices are no longer shown by this browser',
    },
    async ({ body, caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      await addresses.removeBrowser(person, body.endpoint);
      return {};
    },
  );
  return router;
}

function isPoint(text: string): boolean {
  const bytes = Buffer.from(text, 'base64url');
  const [x, y] = [bytes.subarray(1, 33), bytes.subarray(33)].map((half) => half.toString('base64url'));
  try {
    createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' });
    return bytes[0] === 4;
  } catch {
    return false;
  }
}
