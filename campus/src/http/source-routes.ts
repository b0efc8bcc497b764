import { type Authenticate, actorOf, type Caller, createRoutes, type Database, Refusal } from '@lanyard/platform';
import { JwkError, parseP256Jwk } from '@lanyard/protocol';
import { z } from 'zod';
import { RESERVED_SOURCES } from '../domain/checks/source-names.js';
import { zSlug } from '../domain/definitions/texts.js';
import { answerAsSource } from '../storage/answer-check.js';
import type { CaseStore } from '../storage/case-store.js';
import type { SourceCheckStore } from '../storage/source-check-store.js';
import { type SourceStore, sourceOf } from '../storage/source-store.js';
import { zCaseId } from './case-bodies.js';

const headers = { 'Cache-Control': 'no-store' };
const zSource = z.object({ source: zSlug.refine((name) => !RESERVED_SOURCES.includes(name), 'a name of our own') });
/** The public half alone: whoever sends the private one has to make another key. */
const zKey = z.strictObject({
  jwk: z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string().max(64), y: z.string().max(64) }),
});
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
  sources: SourceStore;
  checks: SourceCheckStore;
  cases: Pick<CaseStore, 'act'>;
}) {
  const { sources, checks } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'put',
      path: '/v1/sources/:source',
      callers: ['operator'],
      ...{ params: zSource, body: zKey },
      summary: 'Registers a source system, or gives it another key',
    },
    async ({ params, body, caller }) => {
      try {
        parseP256Jwk(body.jwk);
      } catch (cause) {
        if (cause instanceof JwkError) throw new Refusal('source-key-invalid', { cause });
        throw cause;
      }
      await sources.put(params.source, body.jwk, actorOf(caller));
      return { body: { id: params.source } };
    },
  );
  route(
    { method: 'get', path: '/v1/sources', callers: ['operator'], summary: 'Source systems and what waits for each' },
    async () => ({ body: { sources: await sources.list() } }),
  );
  route(
    {
      method: 'post',
      path: '/v1/sources/:source/withdraw',
      callers: ['operator'],
      params: zSource,
      summary: 'Ends the key of a source system',
    },
    async ({ params, caller }) => {
      await sources.withdraw(params.source, actorOf(caller));
      return { status: 204 };
    },
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

function callingSource(caller: Caller): string {
  const source = caller.kind === 'agent' ? sourceOf(caller.id) : undefined;
  if (source === undefined) throw new Refusal('not-allowed');
  return source;
}
