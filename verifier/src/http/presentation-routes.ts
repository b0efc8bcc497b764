import {
  type Authenticate,
  actorOf,
  type Caller,
  createRoutes,
  lookUntil,
  Refusal,
  type WakeBell,
} from '@lanyard/platform';
import { z } from 'zod';
import type { PresentationView } from '../storage/presentation-store.js';
import { callerOf, type MakeDeps, makePresentation } from './make-presentation.js';
import { presentationAnswer } from './presentation-answer.js';
import { zPresentationRequest, zSession } from './presentation-request-body.js';

export interface PresentationDeps extends MakeDeps {
  authenticate: Authenticate;
  bell: WakeBell;
}

const callers = ['operator', 'service:idp', 'service:admin'] as const;
const MAX_WAIT_SECONDS = 25;
/** Another process may have taken the answer: the bell rings only in this one. */
const LOOK_AGAIN_MS = 2_000;

const zId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
const zRead = z.object({
  after: z.enum(['created', 'fetched', 'answered', 'expired']).optional(),
  wait: z.coerce.number().min(0).max(MAX_WAIT_SECONDS).default(0),
  response_code: z.string().min(1).max(128).optional(),
  session: zSession.optional(),
});

/** Asking for an online presentation, and what came of it (OpenID4VP 1.0, verifier side). */
export function createPresentationRoutes(deps: PresentationDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/presentation-requests',
      callers,
      body: zPresentationRequest,
      summary: 'A request for a presentation, for a wallet to fetch or a page to hand over',
    },
    async ({ body, caller }) => ({
      status: 201,
      headers: { 'Cache-Control': 'no-store' },
      body: await makePresentation(deps, body, caller),
    }),
  );
  route(
    {
      method: 'get',
      path: '/v1/presentation-requests/:id',
      callers,
      params: zId,
      query: zRead,
      summary: 'State of a request; verdict and claims for the one who made it',
    },
    async ({ params: { id }, query, caller, signal }) => {
      const view = await waitFor(deps, id, caller, query, signal);
      const state = { id, state: view.state, expires_at: new Date(view.expiresAtMs).toISOString() };
      const headers = { 'Cache-Control': 'no-store' };
      if (query.response_code !== undefined) {
        const { response_code: code, session } = query;
        const answer = await deps.presentations.redeem(id, code, session, actorOf(caller));
        if (answer === 'invalid') throw new Refusal('response-code-invalid');
        if (answer === 'other-session') throw new Refusal('response-session-wrong');
        if (answer === 'used') throw new Refusal('response-code-used');
        return { headers, body: { ...state, ...presentationAnswer(view.query, answer) } };
      }
      if (view.state !== 'answered' || view.hasReturnUrl) return { headers, body: state };
      const answer = await deps.presentations.read(id, actorOf(caller));
      return { headers, body: { ...state, ...presentationAnswer(view.query, answer) } };
    },
  );
  return router;
}

async function waitFor(
  deps: PresentationDeps,
  id: string,
  caller: Caller,
  query: z.output<typeof zRead>,
  signal: AbortSignal,
): Promise<PresentationView> {
  const { bell, clock } = deps;
  return lookUntil({
    ...{ bell, nowMs: clock.nowMs, untilMs: clock.nowMs() + query.wait * 1000, signal },
    look: async () => {
      const view = await deps.presentations.view(id, callerOf(caller));
      if (view === undefined) throw new Refusal('presentation-request-not-found');
      return view;
    },
    isEnough: ({ state }) => state === 'answered' || state === 'expired' || state !== query.after,
    lookAgainMs: ({ expiresAtMs }) => Math.min(LOOK_AGAIN_MS, expiresAtMs - clock.nowMs()),
  });
}
