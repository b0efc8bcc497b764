import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { zServiceDefinition } from '../domain/definitions/definition.js';
import { zSlug } from '../domain/definitions/texts.js';
import type { DefinitionStore } from '../storage/definition-store.js';

const zVersioned = z.object({ id: zSlug, version: z.coerce.number().int().min(1) });

/** Services as data: imported, tested by their own tests, published. Used at once, without a restart. */
export function createDefinitionRoutes(deps: { authenticate: Authenticate; definitions: DefinitionStore }) {
  const { router, route } = createRoutes(deps.authenticate);
  const operator = ['operator'] as const;
  route(
    {
      method: 'post',
      path: '/v1/service-definitions',
      callers: operator,
      body: z.record(z.string(), z.unknown()),
      summary: 'Takes a version of a service as it lies in a file; it is not published yet',
    },
    async ({ body, caller }) => {
      const read = zServiceDefinition.safeParse(body);
      if (!read.success) {
        const errors = read.error.issues.slice(0, 20).map(({ path, message }) => ({ at: path.join('.'), message }));
        throw new Refusal('service-malformed', { fields: { errors } });
      }
      const { id, version } = read.data;
      const { isNew } = await deps.definitions.import(read.data, body, actorOf(caller));
      return { status: isNew ? 201 : 200, body: { id, version } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/service-definitions/:id/:version/publish',
      callers: operator,
      params: zVersioned,
      summary: 'Runs the tests in the file and publishes where they pass',
    },
    async ({ params, caller }) => {
      await deps.definitions.publish(params.id, params.version, actorOf(caller));
      return { body: params };
    },
  );
  route(
    { method: 'get', path: '/v1/service-definitions', callers: operator, summary: 'Every version there is' },
    async () => ({ body: { definitions: await deps.definitions.list() } }),
  );
  return router;
}
