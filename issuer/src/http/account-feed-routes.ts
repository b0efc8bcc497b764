import { type Authenticate, type Clock, createRoutes, type Database, lookUntil } from '@lanyard/platform';
import { z } from 'zod';
import type { ChangeBell } from '../adapters/change-bell.js';
import { readAccountFeed } from '../storage/people/account-feed.js';

/** How soon to look again for a change that a running transaction holds back. */
const HELD_AGAIN_MS = 100;

/** The register as the identity layer follows it. */
export function createAccountFeedRoutes(deps: {
  database: Database;
  authenticate: Authenticate;
  bell: Pick<ChangeBell, 'wait' | 'rings'>;
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
  return router;
}
