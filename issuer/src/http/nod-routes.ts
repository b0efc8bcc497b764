import { type Authenticate, actorOf, type Clock, createRoutes, lookUntil } from '@lanyard/platform';
import { z } from 'zod';
import type { ChangeBell } from '../adapters/change-bell.js';
import { NOD_PURPOSES } from '../domain/people/nod-purposes.js';
import type { NodStore } from '../storage/students/nod-store.js';

export interface NodDeps {
  authenticate: Authenticate;
  nods: NodStore;
  bell: ChangeBell;
  clock: Clock;
}

const verifier = ['service:verifier'] as const;
const noStore = { 'Cache-Control': 'no-store' };
const zId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
const zPlace = z.string().trim().min(1).max(64);
const zAsk = z.strictObject({
  row: z.number().int().min(0).max(4_294_967_295),
  place_zh: zPlace,
  place_en: zPlace,
  purpose: z.enum(NOD_PURPOSES),
});

/** A window's question to the student's own phone, for the verifier's staff page. Only who asked may read the answer. */
export function createNodRoutes(deps: NodDeps) {
  const { nods, clock } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/nods',
      callers: verifier,
      body: zAsk,
      maxBodyBytes: 1_024,
      summary: 'Asks the student of a row whether the clerk may open the page',
    },
    async ({ body, caller }) => {
      const { row, place_zh: placeZh, place_en: placeEn, purpose } = body;
      const made = await nods.ask({ row, placeZh, placeEn, purpose, actor: actorOf(caller) });
      return { status: 201, headers: noStore, body: { id: made.id, expires_at: made.expiresAt.toISOString() } };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/nods/:id',
      callers: verifier,
      params: zId,
      query: z.object({ wait: z.coerce.number().min(0).max(25).default(0) }),
      summary: 'What came of it: the page once it was agreed to; waits while nothing was answered',
    },
    async ({ params, query, caller, signal }) => {
      const { state, expiresAt, person } = await lookUntil({
        ...{ bell: deps.bell, nowMs: clock.nowMs, untilMs: clock.nowMs() + query.wait * 1000, signal },
        look: () => nods.read(params.id, actorOf(caller)),
        isEnough: (read) => read.state !== 'asked',
        lookAgainMs: (read) => read.expiresAt.getTime() - clock.nowMs(),
      });
      return {
        headers: noStore,
        body: { state, expires_at: expiresAt.toISOString(), ...(person === undefined ? {} : { person }) },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/nods/:id/without',
      callers: verifier,
      params: zId,
      body: z.strictObject({ reason: z.string().trim().min(2).max(200) }),
      maxBodyBytes: 1_024,
      summary: 'Opens the page of somebody who has not answered, for a reason; after a refusal nothing does',
    },
    async ({ params, body, caller }) => ({
      headers: noStore,
      body: await nods.goAround(params.id, actorOf(caller), body.reason),
    }),
  );
  return router;
}
