import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { parseWebhookSecret } from '../domain/notices/webhook-signature.js';
import type { MessengerStore } from '../storage/messenger-store.js';

const zName = z.string().trim().min(1).max(40);
const base = { name: zName, url: z.string().min(10).max(500), secret: z.string().max(120) };
const zMessenger = z.discriminatedUnion('recipient', [
  z.strictObject({ ...base, recipient: z.literal('pairwise') }),
  z.strictObject({ ...base, recipient: z.literal('student-number'), purpose: z.string().trim().min(10).max(500) }),
]);

/** The receiver of the university's messenger: one, registered by the operator. */
export function createMessengerRoutes(deps: {
  authenticate: Authenticate;
  messenger: MessengerStore;
  /** Whether such an address may be called at all. */
  mayCall: (url: string) => boolean;
}) {
  const { messenger } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/messenger', callers: ['operator'], summary: 'The receiver, without its secret' },
    async () => {
      const found = await messenger.find();
      if (found === undefined) throw new Refusal('messenger-not-found');
      const { secret: _, ...told } = found;
      return { body: told };
    },
  );
  route(
    {
      method: 'put',
      path: '/v1/messenger',
      callers: ['operator'],
      body: zMessenger,
      summary: 'Registers the receiver, in the place of the one before',
    },
    async ({ body }) => {
      const secret = parseWebhookSecret(body.secret);
      if (secret === undefined) throw new Refusal('messenger-secret-invalid');
      if (!deps.mayCall(body.url)) throw new Refusal('messenger-url-not-allowed');
      const { name, url, recipient } = body;
      const purpose = body.recipient === 'student-number' ? body.purpose : null;
      await messenger.put({ name, url, recipient, purpose }, secret, 'operator');
      return { body: { name, url, recipient, purpose } };
    },
  );
  route(
    { method: 'delete', path: '/v1/messenger', callers: ['operator'], summary: 'Forgets the receiver' },
    async () => {
      await messenger.remove('operator');
      return {};
    },
  );
  return router;
}
