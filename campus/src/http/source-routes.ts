import {
  type Authenticate,
  addSourceKeyRoutes,
  callingSource,
  createRoutes,
  type Database,
  type SourceSystems,
} from '@lanyard/platform';
import { z } from 'zod';
import { RESERVED_SOURCES } from '../domain/checks/source-names.js';
import { zSlug } from '../domain/definitions/texts.js';
import { answerAsSource } from '../storage/answer-check.js';
import type { CaseStore } from '../storage/case-store.js';
import type { SourceCheckStore } from '../storage/source-check-store.js';
import { zCaseId } from './case-bodies.js';

const headers = { 'Cache-Control': 'no-store' };
const zPage = z.object({
  after: z
    .string()
    .regex(/^\d{1,18}$/)
    .default('0'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** Source systems: registered by the operator, each with a key of its own, each shown its own checks alone. */
export function createSourceRoutes(deps: {
  database: Database;
  authenticate: Authenticate;
  sources: SourceSystems;
  checks: SourceCheckStore;
  cases: Pick<CaseStore, 'act'>;
}) {
  const { sources, checks } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  addSourceKeyRoutes(route, { sources, isReserved: (name) => RESERVED_SOURCES.includes(name) });
  route(
    { method: 'get', path: '/v1/sources', callers: ['operator'], summary: 'Source systems and what waits for each' },
    async () => ({ body: { sources: await checks.openBySource(await sources.list()) } }),
  );
  route(
    {
      method: 'get',
      path: '/v1/checks',
      callers: ['agent'],
      query: zPage,
      summary: 'Open checks of the source that asks, each with the number of a student and nothing else of him',
    },
    async ({ query, caller }) => ({
      body: await checks.page(callingSource(caller), query.after, query.limit),
      headers,
    }),
  );
  route(
    {
      method: 'post',
      path: '/v1/checks/:id/:step',
      callers: ['agent'],
      params: zCaseId.extend({ step: zSlug }),
      body: z.strictObject({ answer: z.enum(['passed', 'not-passed']) }),
      summary: 'What the source says to one of its checks, once; the same again is answered the same',
    },
    async ({ params, body, caller }) => {
      const given = { source: callingSource(caller), caseId: params.id, step: params.step, answer: body.answer };
      return { body: await answerAsSource(deps, given), headers };
    },
  );
  return router;
}
