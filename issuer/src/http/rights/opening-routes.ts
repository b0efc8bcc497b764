import { type Authenticate, type Caller, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { OPENING_APPROVERS, OPENING_RULES } from '../../domain/rights/opening.js';
import type { OpeningStore } from '../../storage/rights/opening-store.js';

const admin = ['service:admin'] as const;
const zId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
const zSeconds = z.number().int().min(0).max(99_999_999_999);
const zReason = z.string().trim().min(2).max(300);
const zTarget = z.union([
  z
    .strictObject({ student_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) })
    .transform(({ student_number }) => ({ kind: 'student', studentNumber: student_number }) as const),
  z
    .strictObject({ checkpoint: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/) })
    .transform(({ checkpoint }) => ({ kind: 'checkpoint', checkpoint }) as const),
]);

/**
 * Opening passages, for people signed in at the console and for nobody else: neither the operator token nor the
 * operator's link stands for anybody in particular. Which office somebody speaks for, the console says by the route.
 */
export function createOpeningRoutes(deps: { authenticate: Authenticate; openings: OpeningStore }) {
  const { openings } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  const noStore = { 'Cache-Control': 'no-store' };
  route(
    {
      method: 'get',
      path: '/v1/passage-openings',
      callers: admin,
      query: z.object({ before: zId.shape.id.optional(), limit: z.coerce.number().int().min(1).max(100).default(20) }),
      summary: 'Requests to read passages with names, the newest first',
    },
    async ({ query, caller }) => {
      personOf(caller);
      return { body: await openings.list({ before: query.before, limit: query.limit }), headers: noStore };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/passage-openings',
      callers: admin,
      body: z.strictObject({
        target: zTarget,
        reason: zReason,
        document_number: z.string().trim().min(1).max(64),
        from: zSeconds,
        to: zSeconds,
        tell_after_days: z.number().int().min(0).max(OPENING_RULES.tellAfterDaysAtMost).default(0),
      }),
      maxBodyBytes: 4_096,
      summary: 'Asks to read passages of a student or a checkpoint within a span',
    },
    async ({ body, caller }) => {
      const opening = {
        ...{ target: body.target, reason: body.reason, documentNumber: body.document_number },
        ...{ fromSeconds: body.from, toSeconds: body.to, tellAfterDays: body.tell_after_days },
      };
      return { status: 201, body: await openings.request(opening, personOf(caller)), headers: noStore };
    },
  );
  for (const role of OPENING_APPROVERS) {
    route(
      {
        method: 'post',
        path: `/v1/passage-openings/:id/approvals/${role}`,
        callers: admin,
        params: zId,
        summary: `The approval of the ${role}`,
      },
      async ({ params, caller }) => ({
        body: await openings.approve(params.id, role, personOf(caller)),
        headers: noStore,
      }),
    );
  }
  route(
    {
      method: 'post',
      path: '/v1/passage-openings/:id/decline',
      callers: admin,
      params: zId,
      body: z.strictObject({ reason: zReason }),
      maxBodyBytes: 2_048,
      summary: 'Ends a request',
    },
    async ({ params, body, caller }) => ({
      body: await openings.decline(params.id, body.reason, personOf(caller)),
      headers: noStore,
    }),
  );
  route(
    {
      method: 'post',
      path: '/v1/passage-openings/:id/open',
      callers: admin,
      params: zId,
      summary: 'Opens what three offices approved, once, for an hour',
    },
    async ({ params, caller }) => ({ body: await openings.open(params.id, personOf(caller)), headers: noStore }),
  );
  route(
    {
      method: 'get',
      path: '/v1/passage-openings/:id/passages',
      callers: admin,
      params: zId,
      summary: 'What was opened, with names, for who requested it',
    },
    async ({ params, caller }) => ({ body: await openings.passages(params.id, personOf(caller)), headers: noStore }),
  );
  return router;
}

/** The account that acts. @throws Refusal `person-needed` */
export function personOf(caller: Caller): string {
  const actor = caller.kind === 'service' ? caller.actor : undefined;
  if (actor?.startsWith('account:') !== true) throw new Refusal('person-needed');
  return actor;
}
