import type { Clock } from '@lanyard/platform';
import { z } from 'zod';
import { disclosedTo, type PartnerCheck } from '../../domain/partners/check.js';
import type { CounterTap } from '../../storage/counter-tap-store.js';
import type { EntitlementStore } from '../../storage/entitlement-store.js';
import { usesLeft } from '../partners/check-answer.js';
import type { Undecided } from '../partners/make-check.js';
import { reasonTitles } from '../partners/reason-titles.js';
import type { OpenCounter } from './require-counter.js';

const zDay = z.iso.date();
/** The tap, and how long it is still good: a page counts from when it was told, by no clock of its own. */
const told = { tap: z.string(), good_seconds: z.number().int().min(0) };

/** Everything a clerk at a counter is ever told: a field that is not here cannot leave. */
const zCounterAnswer = z.discriminatedUnion('result', [
  z.strictObject({
    ...{ ...told, result: z.literal('eligible'), valid_until: zDay },
    interval: z.strictObject({ from: z.string(), to: z.string() }).nullable(),
    ...{ year_from: zDay, year_to: zDay, uses: z.number().int(), left: z.number().int().min(0) },
    /** What became of this tap. */
    this_tap: z.enum(['unused', 'used', 'given-back']),
    /** Trips of today at this counter that can be given back. */
    used_today: z.array(z.strictObject({ use: z.string(), at: z.iso.datetime() })),
  }),
  z.strictObject({
    ...{ ...told, result: z.literal('not-eligible'), reason: z.string(), title_zh: z.string(), title_en: z.string() },
  }),
  z.strictObject({
    ...{ result: z.literal('cannot-decide'), reason: z.string(), title_zh: z.string(), title_en: z.string() },
  }),
]);
export type CounterAnswer = z.output<typeof zCounterAnswer>;

/** Nothing was decided: no number is told, not one from before either. */
export const undecidedAnswer = (undecided: Undecided): CounterAnswer =>
  zCounterAnswer.parse({ ...undecided, ...reasonTitles(undecided.reason) });

/** The discount behind a check, as it stands at this moment. */
export async function counterAnswer(
  deps: { entitlements: Pick<EntitlementStore, 'left' | 'usesAtCounter'>; clock: Clock },
  { partner, checkpointId }: OpenCounter,
  tap: CounterTap,
  check: PartnerCheck,
): Promise<CounterAnswer> {
  const { outcome, student } = check;
  const common = {
    tap: tap.id,
    good_seconds: Math.max(0, Math.floor((tap.goodUntil.getTime() - deps.clock.nowMs()) / 1000)),
  };
  if (outcome.result === 'not-eligible')
    return zCounterAnswer.parse({ ...common, ...outcome, ...reasonTitles(outcome.reason) });
  const uses = await usesLeft(deps, check);
  if (uses === undefined || student === undefined) throw new TypeError('a counter without an entitlement');
  const subject = Buffer.from(student.subject, 'base64url');
  const today = await deps.entitlements.usesAtCounter({
    entitlement: uses.id,
    subject,
    partnerId: partner.id,
    checkpointId,
  });
  const own = today.find(({ id }) => id === tap.id);
  const { id: _, ...year } = uses;
  return zCounterAnswer.parse({
    ...{ ...common, result: 'eligible', valid_until: outcome.validUntil, ...year },
    interval: disclosedTo(partner, check)['interval'] ?? null,
    this_tap: own === undefined ? 'unused' : own.state === 'refunded' ? 'given-back' : 'used',
    used_today: today
      .filter(({ state }) => state === 'redeemed')
      .map(({ id, at }) => ({ use: id, at: at.toISOString() })),
  });
}
