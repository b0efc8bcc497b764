import { type Authenticate, actorOf, type Clock, createRoutes, type WakeBell, zInstant } from '@lanyard/platform';
import { cannotDecide, type Verdict } from '@lanyard/protocol';
import { z } from 'zod';
import type { IssuerClient } from '../adapters/issuer-client.js';
import { decideHolder } from '../domain/cards/decide-card.js';
import { SERVICE_WINDOW } from '../domain/verifications/purposes.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import type { WindowStore } from '../storage/window-store.js';
import { type WindowAnswerDeps, windowAnswer } from './window-answer.js';
import { requireWindowMode, waitForArrivals, zArrival, zArrivalsQuery, zCheckpointId } from './window-arrivals.js';

const CALLERS = ['service:campus'] as const;
const headers = { 'Cache-Control': 'no-store' };

/**
 * Who has just tapped at the reader of a service window of campus. The gate's own verdict let him come this far; whether
 * he is served is decided anew for the purpose `service-window`, as of a scan, by what the register says now. Only at
 * checkpoints that open at once: where a nod is asked for, no other way opens.
 */
export function createWindowTapRoutes(
  deps: WindowAnswerDeps & {
    authenticate: Authenticate;
    checkpoints: CheckpointStore;
    windows: WindowStore;
    readRowState: IssuerClient['readRowState'];
    bell: WakeBell;
    clock: Clock;
  },
) {
  const { checkpoints, windows, clock } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'get',
      path: '/v1/window-taps',
      callers: CALLERS,
      query: zArrivalsQuery,
      summary: 'Taps at a window’s reader that no clerk has taken yet; nobody is named',
    },
    async ({ query, signal }) => {
      const { id } = await requireWindowMode(checkpoints, query.checkpoint, 'open');
      return { body: await waitForArrivals(deps, id, query, signal), headers };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/window-taps/:id/take',
      callers: CALLERS,
      params: zArrival,
      body: z.strictObject({
        checkpoint: zCheckpointId,
        after: zInstant.optional(),
        without_cards: z.boolean().default(false),
      }),
      maxBodyBytes: 512,
      summary:
        'Takes a tap once, for one clerk: a verdict, how it was read, and the number and portrait where it is good',
    },
    async ({ params, body, caller }) => {
      const { id: checkpointId } = await requireWindowMode(checkpoints, body.checkpoint, 'open');
      const actor = actorOf(caller);
      const after = body.after === undefined ? undefined : new Date(body.after);
      const tap = await windows.takeTap(params.id, { checkpointId, actor, after, withoutCards: body.without_cards });
      const verdict = await decide(tap.rowNumber);
      const answer = await windowAnswer(deps, verdict, { row: tap.rowNumber, actor });
      return { body: { ...answer, scheme: tap.scheme }, headers };
    },
  );

  /** An issuer that is away lets nobody in. */
  async function decide(rowNumber: number): Promise<Verdict> {
    const holder = await deps.readRowState(rowNumber).catch(() => undefined);
    if (holder === undefined) return cannotDecide('network-needed');
    return decideHolder(holder, SERVICE_WINDOW.policy, clock.nowSeconds());
  }
  return router;
}
