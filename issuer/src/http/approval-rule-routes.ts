import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { ApprovalRule } from '../domain/roster/second-person.js';
import type { ApprovalRuleStore } from '../storage/approvals/approval-rule-store.js';

const staff = ['operator', 'service:admin'] as const;
const zChange = z.object({ id: z.coerce.number().int().positive() });
const zRule = z.strictObject({
  state_change_share: z.number(),
  revocations: z.int32(),
  changed_share: z.number(),
  changed_rows: z.int32(),
  expires_after_hours: z.int32(),
});

const told = (rule: ApprovalRule): z.output<typeof zRule> => ({
  ...{ state_change_share: rule.stateChangeShare, revocations: rule.revocations },
  ...{ changed_share: rule.changedShare, changed_rows: rule.changedRows },
  expires_after_hours: rule.expiresAfterHours,
});

/** The rule of the second person, and changes of it, which take two persons themselves. */
export function createApprovalRuleRoutes({
  authenticate,
  rules,
}: {
  authenticate: Authenticate;
  rules: ApprovalRuleStore;
}) {
  const { router, route } = createRoutes(authenticate);
  const answer = async () => {
    const waiting = await rules.findWaiting();
    return {
      ...told(await rules.read()),
      waiting:
        waiting === undefined
          ? null
          : {
              ...{ id: waiting.id, ...told(waiting.rule), asked_by: waiting.askedBy },
              ...{ asked_at: waiting.askedAt.toISOString(), expires_at: waiting.expiresAt.toISOString() },
            },
    };
  };
  route(
    {
      method: 'get',
      path: '/v1/approval-rule',
      callers: staff,
      summary: 'Above what a change waits for a second person, and a change of that which waits',
    },
    async () => ({ body: await answer() }),
  );
  route(
    {
      method: 'put',
      path: '/v1/approval-rule',
      callers: staff,
      body: zRule,
      summary: 'Asks for another rule, stricter than designed or as it was; a second person decides',
    },
    async ({ body, caller }) => {
      const rule = {
        ...{ stateChangeShare: body.state_change_share, revocations: body.revocations },
        ...{ changedShare: body.changed_share, changedRows: body.changed_rows },
        expiresAfterHours: body.expires_after_hours,
      };
      try {
        await rules.ask(rule, actorOf(caller));
      } catch (error) {
        // check_violation: the table knows what may be set.
        if (error instanceof Error && 'code' in error && error.code === '23514')
          throw new Refusal('approval-rule-too-lax', { cause: error });
        throw error;
      }
      return { status: 202, body: await answer() };
    },
  );
  for (const [verb, callers, summary] of [
    ['approve', ['service:admin'], 'A second person puts the new rule into force'],
    ['decline', staff, 'Leaves the rule as it is'],
  ] as const)
    route(
      {
        method: 'post',
        path: `/v1/approval-rule/changes/:id/${verb}`,
        callers,
        params: zChange,
        body: z.strictObject({}),
        summary,
      },
      async ({ params, caller }) => {
        await rules.decide(params.id, verb, actorOf(caller));
        return { body: await answer() };
      },
    );
  return router;
}
