import { type Authenticate, type Clock, createRoutes, type Database, lookUntil, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { ChangeBell } from '../adapters/change-bell.js';
import { referenceLists } from '../domain/people/reference-lists.js';
import { findAccount, readAccountFeed } from '../storage/people/account-feed.js';
import type { ReferenceListStore } from '../storage/students/reference-list-store.js';

/** How soon to look again for a change that a running transaction holds back. */
const HELD_AGAIN_MS = 100;

/** The register as the identity layer follows it, and as the five modules fill forms from it. */
export function createAccountFeedRoutes(deps: {
  database: Database;
  authenticate: Authenticate;
  bell: Pick<ChangeBell, 'wait' | 'rings'>;
  lists: ReferenceListStore;
  clock: Clock;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'get',
      path: '/v1/account-feed',
      callers: ['service:idp'],
      query: z.object({
        after: z
          .string()
          .regex(/^\d{1,19}\.\d{1,19}$/)
          .default('0.0'),
        limit: z.coerce.number().int().min(1).max(2_000).default(1_000),
        wait: z.coerce.number().min(0).max(25).default(0),
      }),
      summary: 'Students that changed after a cursor; waits for the next change',
    },
    async ({ query, signal }) => {
      const { bell, clock } = deps;
      const { held: _, ...page } = await lookUntil({
        ...{ bell, nowMs: clock.nowMs, untilMs: clock.nowMs() + query.wait * 1000, signal },
        look: () => readAccountFeed(deps.database, query.after, query.limit),
        isEnough: ({ accounts }) => accounts.length > 0,
        lookAgainMs: ({ held }) => (held ? HELD_AGAIN_MS : Number.POSITIVE_INFINITY),
      });
      return { body: page };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/student-facts',
      callers: ['service:campus'],
      body: z.strictObject({ student_number: z.string().min(1).max(64) }),
      summary: 'What a form need not ask a student; the number is in the body, so that no log has it',
    },
    async ({ body }) => {
      const found = await findAccount(deps.database, body.student_number);
      if (found === undefined) throw new Refusal('student-not-found');
      return { body: found, headers: { 'Cache-Control': 'no-store' } };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/reference-lists/:name',
      callers: ['service:campus'],
      params: z.object({ name: z.enum(referenceLists) }),
      summary: 'Names of the parts of the university, for forms to choose from',
    },
    async ({ params }) => ({ body: { values: await deps.lists.list(params.name) } }),
  );
  return router;
}
