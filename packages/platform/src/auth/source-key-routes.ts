import { JwkError } from '@lanyard/protocol';
import { z } from 'zod';
import { actorOf } from '../http/caller.js';
import type { createRoutes } from '../http/create-routes.js';
import { Refusal } from '../http/refusal.js';
import type { SourceSystems } from './source-systems.js';

/** The public half alone: whoever sends the private one has to make another key. */
const zKey = z.strictObject({
  jwk: z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string().max(64), y: z.string().max(64) }),
});

/** The operator registers source systems and ends their keys. */
export function addSourceKeyRoutes(
  route: ReturnType<typeof createRoutes>['route'],
  { sources, isReserved = () => false }: { sources: SourceSystems; isReserved?: (name: string) => boolean },
): void {
  const zName = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/);
  const params = z.object({ source: zName.refine((name) => !isReserved(name), 'a name of our own') });
  route(
    {
      method: 'put',
      path: '/v1/sources/:source',
      callers: ['operator'],
      ...{ params, body: zKey },
      summary: 'Registers a source system, or gives it another key',
    },
    async (request) => {
      try {
        await sources.put(request.params.source, request.body.jwk, actorOf(request.caller));
      } catch (cause) {
        if (cause instanceof JwkError) throw new Refusal('source-key-invalid', { cause });
        throw cause;
      }
      return { body: { id: request.params.source } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/sources/:source/withdraw',
      callers: ['operator'],
      params,
      summary: 'Ends the key of a source system',
    },
    async (request) => {
      await sources.withdraw(request.params.source, actorOf(request.caller));
      return { status: 204 };
    },
  );
}
