import { type Clock, createRoutes, Refusal, ServiceCallError, type WakeBell } from '@lanyard/platform';
import type { Context } from 'koa';
import { z } from 'zod';
import { type FoundPerson, type IssuerClient, NOD_PURPOSES } from '../adapters/issuer-client.js';
import type { PortraitTokens } from '../adapters/portrait-tokens.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import type { StaffSession } from '../storage/staff-store.js';
import type { WindowStore } from '../storage/window-store.js';
import { personAnswer } from './found-person.js';
import { requireClerk } from './require-clerk.js';
import { STAFF_CALLER, type StaffAuthentication } from './staff-session.js';
import {
  requireWindowMode,
  type WindowMode,
  waitForArrivals,
  zArrival,
  zArrivalsQuery,
  zWait,
} from './window-arrivals.js';

export interface WindowDeps {
  staffAuthentication: StaffAuthentication;
  checkpoints: CheckpointStore;
  windows: WindowStore;
  issuer: Pick<IssuerClient, 'lookAtRow' | 'askNod' | 'readNod' | 'goAroundNod'>;
  portraitTokens: PortraitTokens;
  /** Rung when a tap comes in. */
  bell: WakeBell;
  clock: Clock;
}

const NO_STORE = { 'Cache-Control': 'no-store' };
const ISSUER_REFUSALS = ['student-not-found', 'nod-not-found', 'nod-over', 'nod-refused'] as const;

/**
 * A service window: who was proved there, by scan or by tap, and the page of that student for one clerk; at once, or
 * after the student's nod. No page opens from an error: what is not an agreement opens nothing.
 */
export function createWindowRoutes(deps: WindowDeps) {
  const { windows, issuer } = deps;
  const { router, route } = createRoutes(deps.staffAuthentication.authenticate);

  const clerkOf = (context: Context) => requireClerk(deps.staffAuthentication, context);
  const requireWindow = (id: string, mode?: WindowMode) => requireWindowMode(deps.checkpoints, id, mode);
  const shown = (person: FoundPerson, session: StaffSession) => personAnswer(person, session, deps.portraitTokens);

  route(
    {
      method: 'get',
      path: '/v1/staff/arrivals',
      callers: [STAFF_CALLER],
      query: zArrivalsQuery,
      summary: 'Taps at a window that no clerk has taken yet; nobody is named',
    },
    async ({ query, context, signal }) => {
      const session = await clerkOf(context);
      const checkpoint = await requireWindow(query.checkpoint);
      const answer = await waitForArrivals(deps, checkpoint.id, query, signal);
      // Signed out meanwhile: nothing more is told.
      if ((await deps.staffAuthentication.findSession(context))?.actor !== session.actor)
        throw new Refusal('not-authenticated');
      return { headers: NO_STORE, body: answer };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/staff/arrivals/:id/open',
      callers: [STAFF_CALLER],
      params: zArrival,
      summary: 'The page of who has just tapped, where the window opens at once; audited',
    },
    async ({ params, context }) => {
      const session = await clerkOf(context);
      const arrival = await windows.take(params.id, session.actor);
      await requireWindow(arrival.checkpointId, 'open');
      const person = await asked(issuer.lookAtRow(arrival.rowNumber, session.actor));
      return { headers: NO_STORE, body: { person: shown(person, session) } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/staff/arrivals/:id/nod',
      callers: [STAFF_CALLER],
      params: zArrival,
      body: z.strictObject({ purpose: z.enum(NOD_PURPOSES) }),
      maxBodyBytes: 256,
      summary: 'Asks the student on his own phone, for a minute',
    },
    async ({ params, body, context }) => {
      const session = await clerkOf(context);
      const arrival = await windows.take(params.id, session.actor);
      const checkpoint = await requireWindow(arrival.checkpointId, 'nod');
      const question = {
        ...{ row: arrival.rowNumber, purpose: body.purpose },
        ...{ place_zh: checkpoint.nameZh, place_en: checkpoint.nameEn },
      };
      const nod = await asked(issuer.askNod(question, session.actor));
      await windows.keepNod(arrival, nod.id, session.actor, body.purpose);
      const around = checkpoint.policy.window_without_nod === 'with-reason';
      return { status: 201, headers: NO_STORE, body: { expires_at: nod.expires_at, without_nod: around } };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/staff/arrivals/:id/nod',
      callers: [STAFF_CALLER],
      params: zArrival,
      query: z.object({ wait: zWait }),
      summary: 'Agreed with the page, refused, nothing, or still asked',
    },
    async ({ params, query, context }) => {
      const session = await clerkOf(context);
      const { nodId, checkpointId } = await windows.asked(params.id, session.actor);
      await requireWindow(checkpointId, 'nod');
      const { state, expires_at, person } = await asked(issuer.readNod(nodId, query.wait, session.actor));
      const opened = state === 'agreed' && person !== undefined ? { person: shown(person, session) } : {};
      return { headers: NO_STORE, body: { state, expires_at, ...opened } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/staff/arrivals/:id/without-nod',
      callers: [STAFF_CALLER],
      params: zArrival,
      body: z.strictObject({ reason: z.string().trim().min(2).max(200) }),
      maxBodyBytes: 1_024,
      summary:
        'Opens the page of somebody who cannot nod, where the policy allows it; audited, and the student reads it',
    },
    async ({ params, body, context }) => {
      const session = await clerkOf(context);
      const arrival = await windows.asked(params.id, session.actor);
      const { policy } = await requireWindow(arrival.checkpointId, 'nod');
      if (policy.window_without_nod !== 'with-reason') throw new Refusal('nod-needed');
      await windows.noteWayAround(arrival, session.actor, body.reason);
      const person = await asked(issuer.goAroundNod(arrival.nodId, body.reason, session.actor));
      return { headers: NO_STORE, body: { person: shown(person, session) } };
    },
  );
  return router;
}

/** The issuer's refusals that a clerk can act on, under the same names. @throws Refusal `dependency-unavailable` for the rest */
async function asked<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (!(cause instanceof ServiceCallError)) throw cause;
    const code = ISSUER_REFUSALS.find((known) => known === cause.code);
    throw new Refusal(code ?? 'dependency-unavailable', { cause });
  }
}
