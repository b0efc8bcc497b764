import { type Authenticate, createRoutes, type Database, onceByKey } from '@lanyard/platform';
import type { DelegationStore } from '../storage/delegation-store.js';
import { actingPerson } from './acting-person.js';
import { zCaseId, zDelegation } from './case-bodies.js';

const staff = ['service:admin'] as const;

/** Who acts for whom while away. What was delegated to somebody he cannot hand on. */
export function createDelegationRoutes(deps: {
  database: Database;
  authenticate: Authenticate;
  delegations: DelegationStore;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/delegations',
      callers: staff,
      body: zDelegation,
      summary: 'Somebody acts for me, for a period',
    },
    async ({ body, caller, context }) => {
      const actor = await actingPerson(caller, context, deps.delegations);
      const key = context.get('Idempotency-Key') || undefined;
      return onceByKey(deps.database, { caller: actor.person, key, body }, async (transaction) => {
        const period = { fromMs: Date.parse(body.from), untilMs: Date.parse(body.until) };
        const made = await deps.delegations.make(transaction, {
          from: actor.person,
          to: body.to,
          roles: actor.roles,
          ...period,
        });
        return { status: 201, body: made };
      });
    },
  );
  route(
    { method: 'get', path: '/v1/delegations', callers: staff, summary: 'Made by or for me and not over' },
    async ({ caller, context }) => {
      const actor = await actingPerson(caller, context, deps.delegations);
      return { body: { delegations: await deps.delegations.of(actor.person) } };
    },
  );
  route(
    { method: 'post', path: '/v1/delegations/:id/end', callers: staff, params: zCaseId, summary: 'I am back' },
    async ({ params, caller, context }) => {
      const actor = await actingPerson(caller, context, deps.delegations);
      await deps.database.transaction((transaction) => deps.delegations.end(transaction, params.id, actor.person));
      return {};
    },
  );
  return router;
}
