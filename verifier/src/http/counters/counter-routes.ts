import {
  createRoutes,
  type Database,
  dayInShanghai,
  Refusal,
  type Transaction,
  type WakeBell,
} from '@lanyard/platform';
import type { Context } from 'koa';
import { z } from 'zod';
import { entitledYear } from '../../domain/entitlements/entitled-year.js';
import type { CheckpointStore } from '../../storage/checkpoint-store.js';
import type { CounterTap } from '../../storage/counter-tap-store.js';
import type { EntitlementStore } from '../../storage/entitlement-store.js';
import type { PartnerStore } from '../../storage/partner-store.js';
import { noStore } from '../partners/partner-shapes.js';
import { requireUsable } from '../partners/usable-check.js';
import { requireClerk } from '../require-clerk.js';
import { STAFF_CALLER, type StaffAuthentication } from '../staff-session.js';
import { waitForArrivals, zArrival, zArrivalsQuery, zCheckpointId } from '../window-arrivals.js';
import { type CounterCheckDeps, checkScan, checkTap } from './check-at-counter.js';
import { counterAnswer, undecidedAnswer } from './counter-answer.js';
import { type OpenCounter, requireCounter } from './require-counter.js';

export interface CounterDeps extends CounterCheckDeps {
  staffAuthentication: StaffAuthentication;
  checkpoints: CheckpointStore;
  partners: Pick<PartnerStore, 'find'>;
  entitlements: EntitlementStore;
  database: Database;
  /** Rung when a tap comes in. */
  bell: WakeBell;
}

const CALLERS = [STAFF_CALLER] as const;

/**
 * A counter of ours for a partner's discount: a clerk reads what is left after a tap or scan, uses one, gives one back.
 * Nobody is named. One tap is one use at most.
 */
export function createCounterRoutes(deps: CounterDeps) {
  const { taps, checks, entitlements } = deps;
  const { router, route } = createRoutes(deps.staffAuthentication.authenticate);

  route(
    {
      ...{ method: 'get', path: '/v1/staff/counter-taps', callers: CALLERS, query: zArrivalsQuery },
      summary: 'Taps at a counter that no clerk has taken yet; nobody is named',
    },
    async ({ query, context, signal }) => {
      const { actor } = await requireClerk(deps.staffAuthentication, context);
      const { checkpointId } = await requireCounter(deps, query.checkpoint);
      const heard = await waitForArrivals({ ...deps, windows: taps }, checkpointId, query, signal);
      // Signed out meanwhile: nothing more is told.
      if ((await requireClerk(deps.staffAuthentication, context)).actor !== actor)
        throw new Refusal('not-authenticated');
      return { headers: noStore, body: heard };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/staff/counter-taps/:id/open', callers: CALLERS, params: zArrival },
      summary: 'The discount of who has just tapped, for one clerk: a check of the partner, audited',
    },
    async ({ params, context }) => {
      const { actor } = await requireClerk(deps.staffAuthentication, context);
      const tap = await taps.take(params.id, actor);
      const counter = await requireCounter(deps, tap.checkpointId);
      const made = await checkTap(deps, counter, tap, actor);
      const body = 'result' in made ? undecidedAnswer(made) : await counterAnswer(deps, counter, tap, made);
      return { headers: noStore, body };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/staff/counter-scans', callers: CALLERS, maxBodyBytes: 4_096 },
      body: z.strictObject({ checkpoint: zCheckpointId, code: z.string().min(1).max(2_048) }),
      summary: 'The discount of whose code the clerk has scanned',
    },
    async ({ body, context }) => {
      const { actor } = await requireClerk(deps.staffAuthentication, context);
      const counter = await requireCounter(deps, body.checkpoint);
      const scanned = await checkScan(deps, counter, body.code, actor);
      if ('result' in scanned) return { headers: noStore, body: undecidedAnswer(scanned) };
      return { headers: noStore, body: await counterAnswer(deps, counter, scanned.tap, scanned.made) };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/staff/counter-taps/:id/use', callers: CALLERS, params: zArrival },
      summary: 'Uses one trip, once for the tap; a repeat answers what there is',
    },
    async ({ params, context }) =>
      moved(context, params.id, (transaction, { actor, counter, subject }) => {
        const { partner, entitlement, checkpointId } = counter;
        const travelDate = dayInShanghai(deps.clock.nowMs());
        const { year } = entitledYear(entitlement, travelDate);
        return entitlements.useAtCounter(transaction, {
          ...{ partnerId: partner.id, checkId: params.id, subject, entitlement, year, travelDate, checkpointId, actor },
        });
      }),
  );
  route(
    {
      ...{ method: 'post', path: '/v1/staff/counter-taps/:id/refunds', callers: CALLERS, params: zArrival },
      ...{ body: z.strictObject({ use: zArrival.shape.id }), maxBodyBytes: 256 },
      summary: 'Gives a trip of today at this counter back, once, to the student who has tapped',
    },
    async ({ params, body, context }) =>
      moved(context, params.id, (transaction, { actor, counter, subject }) => {
        const { partner, checkpointId } = counter;
        const refund = { use: body.use, partnerId: partner.id, subject, checkpointId, actor };
        return entitlements.refundAtCounter(transaction, refund);
      }),
  );
  return router;

  /** A movement under a clerk's own tap that is still good, and what there is after it. */
  async function moved(
    context: Context,
    id: CounterTap['id'],
    move: (transaction: Transaction, by: { actor: string; counter: OpenCounter; subject: Uint8Array }) => Promise<void>,
  ) {
    const { actor } = await requireClerk(deps.staffAuthentication, context);
    const tap = await taps.own(id, actor);
    const counter = await requireCounter(deps, tap.checkpointId);
    const check = await checks.read(counter.partner.id, id);
    if (check === undefined) throw new Refusal('check-not-found');
    const { subject } = requireUsable(counter.partner, check, dayInShanghai(deps.clock.nowMs()));
    await deps.database.transaction((transaction) => move(transaction, { actor, counter, subject }));
    return { headers: noStore, body: await counterAnswer(deps, counter, tap, check) };
  }
}
