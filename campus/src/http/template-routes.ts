import { type Authenticate, createRoutes } from '@lanyard/platform';
import { z } from 'zod';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { TemplateStore } from '../storage/template-store.js';
import { actingPerson } from './acting-person.js';

const staff = ['service:admin'] as const;
const zTemplates = z.strictObject({
  templates: z
    .array(z.strictObject({ name: z.string().trim().min(1).max(40), text: z.string().trim().min(2).max(500) }))
    .max(30),
});

/** Words that somebody of the staff writes often. */
export function createTemplateRoutes(deps: {
  authenticate: Authenticate;
  delegations: DelegationStore;
  templates: TemplateStore;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/comment-templates', callers: staff, summary: 'My templates for comments' },
    async ({ caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      return { body: { templates: await deps.templates.of(person) }, headers: { 'Cache-Control': 'no-store' } };
    },
  );
  route(
    {
      method: 'put',
      path: '/v1/comment-templates',
      callers: staff,
      body: zTemplates,
      maxBodyBytes: 64 * 1024,
      summary: 'My templates in the place of those before',
    },
    async ({ body, caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      await deps.templates.put(person, body.templates);
      return { body: { templates: body.templates } };
    },
  );
  return router;
}
