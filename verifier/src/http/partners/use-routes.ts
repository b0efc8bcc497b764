import {
  type Clock,
  createRoutes,
  type Database,
  dayInShanghai,
  onceByKey,
  Refusal,
  type Transaction,
  zDay,
} from '@lanyard/platform';
import type { Context } from 'koa';
import { z } from 'zod';
import { zUseAnswer } from '../../api/partner.js';
import { decideJourney } from '../../domain/entitlements/decide-entitlement.js';
import type { PartnerCheck } from '../../domain/partners/check.js';
import type { Partner } from '../../domain/partners/partner.js';
import type { EntitlementStore, EntitlementUse } from '../../storage/entitlement-store.js';
import type { PartnerCheckStore } from '../../storage/partner-check-store.js';
import { type PartnerAuthenticationDeps, requirePartner } from './authenticate-partner.js';
import { noStore, zPartnerThing } from './partner-shapes.js';
import { requireUsable } from './usable-check.js';

export interface PartnerUseDeps extends PartnerAuthenticationDeps {
  database: Database;
  checks: PartnerCheckStore;
  entitlements: EntitlementStore;
  clock: Clock;
}

const zFen = z.number().int().min(0).max(10_000_000);
const zPlace = z.string().min(1).max(40);
const zJourney = z.strictObject({
  travel_date: zDay,
  from: zPlace,
  to: zPlace,
  seat_class: zPlace,
  charged_fen: zFen,
  published_fen: zFen,
});
const verbs = {
  redeem: 'The ticket was bought',
  release: 'It was not: the use is back',
  refund: 'It was given back, and so is the use',
} as const;

/** Uses of the discount that a check found: each movement once for its Idempotency-Key. */
export function createPartnerUseRoutes(deps: PartnerUseDeps) {
  const { checks, entitlements } = deps;
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  route(
    {
      ...{
        method: 'post',
        path: '/partner/v1/checks/:id/uses',
        callers: ['open'],
        params: zPartnerThing,
        body: zJourney,
      },
      ...{ response: zUseAnswer, summary: 'Holds one use for half an hour and says what the student pays' },
    },
    async ({ params, body, context }) => {
      const partner = await requirePartner(deps, context);
      const check = await checks.read(partner.id, params.id);
      if (check === undefined) throw new Refusal('check-not-found');
      return once(partner, context, { ...body, check: params.id }, 201, (transaction) =>
        entitlements.reserve(transaction, newUse(partner, check, body, dayInShanghai(deps.clock.nowMs()))),
      );
    },
  );
  for (const [verb, summary] of Object.entries(verbs) as [keyof typeof verbs, string][]) {
    route(
      {
        ...{ method: 'post', path: `/partner/v1/uses/:id/${verb}`, callers: ['open'], params: zPartnerThing },
        ...{ response: zUseAnswer, summary },
      },
      async ({ params, context }) => {
        const partner = await requirePartner(deps, context);
        return once(partner, context, { use: params.id, verb }, 200, (transaction) =>
          entitlements.move(transaction, verb, { id: params.id, partnerId: partner.id }),
        );
      },
    );
  }
  return router;

  async function once(
    partner: Partner,
    context: Context,
    body: object,
    status: number,
    move: (transaction: Transaction) => Promise<EntitlementUse>,
  ) {
    const request = { caller: `partner:${partner.id}`, key: context.get('Idempotency-Key'), body };
    const kept = await onceByKey(deps.database, request, async (transaction) => ({
      status,
      body: useAnswer(await move(transaction)),
    }));
    return { status: kept.status, headers: noStore, body: kept.body };
  }
}

/** @throws Refusal `check-not-eligible`, `check-too-old`, `passenger-not-matched`, `journey-not-covered` with its `reason` */
function newUse(partner: Partner, check: PartnerCheck, body: z.output<typeof zJourney>, today: string) {
  const { entitlement, student, subject } = requireUsable(partner, check, today);
  const journey = {
    ...{ travelDate: body.travel_date, from: body.from, to: body.to, seatClass: body.seat_class },
    ...{ chargedFen: body.charged_fen, publishedFen: body.published_fen },
  };
  const decided = decideJourney(entitlement, student, journey, today);
  if (!decided.eligible) throw new Refusal('journey-not-covered', { fields: { reason: decided.reason } });
  return {
    ...{ partnerId: partner.id, checkId: check.id, entitlement, year: decided.year, fareFen: decided.fareFen },
    ...{ subject, travelDate: journey.travelDate, seatClass: journey.seatClass },
  };
}

function useAnswer({ id, state, fareFen, reservedUntil, left }: EntitlementUse): z.output<typeof zUseAnswer> {
  return zUseAnswer.parse({ id, state, fare_fen: fareFen, reserved_until: reservedUntil.toISOString(), left });
}
