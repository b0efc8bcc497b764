import { createRoutes, Refusal, zSunFields } from '@lanyard/platform';
import { z } from 'zod';
import { zCheckAnswer, zReceiptKeys } from '../../api/partner.js';
import type { Partner } from '../../domain/partners/partner.js';
import type { PartnerCheckStore } from '../../storage/partner-check-store.js';
import { type PartnerAuthenticationDeps, requirePartner } from './authenticate-partner.js';
import { type CheckAnswerDeps, checkAnswer } from './check-answer.js';
import { type CheckDeps, makeCheck, requirePurpose } from './make-check.js';
import type { PartnerLimit } from './partner-limit.js';
import { noStore, zPartnerThing, zPurposeId } from './partner-shapes.js';
import { reasonTitles } from './reason-titles.js';

export interface PartnerCheckDeps extends CheckDeps, CheckAnswerDeps, PartnerAuthenticationDeps {
  checks: PartnerCheckStore;
  limit: PartnerLimit;
  publishedKeys: (use: 'receipt' | 'webhook') => Promise<readonly object[]>;
}

const zCheck = z.union([
  z.strictObject({ purpose: zPurposeId, code: z.string().min(1).max(2_048) }),
  z.strictObject({
    purpose: zPurposeId,
    card_tap: zSunFields,
  }),
]);

/** What partners ask. Their tokens are their own: nobody else's bearer opens anything here. */
export function createPartnerCheckRoutes(deps: PartnerCheckDeps) {
  const { checks } = deps;
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  route(
    {
      ...{ method: 'post', path: '/partner/v1/checks', callers: ['open'], body: zCheck, maxBodyBytes: 8_192 },
      ...{ response: zCheckAnswer, summary: 'Is this a student? By a code that was scanned, or a campus card' },
    },
    async ({ body, context }) => {
      const partner = await requirePartner(deps, context);
      const purpose = requirePurpose(partner, body.purpose);
      const key = context.get('Idempotency-Key') || undefined;
      const before = key === undefined ? undefined : await checks.claim(partner.id, key, body);
      if (before !== undefined) return { headers: noStore, body: await checkAnswer(deps, partner, before) };
      const { made, headers } = await givingBack(partner, key, async () => ({
        headers: { ...(await deps.limit.take(partner)), ...noStore },
        made: await makeCheck(deps, partner, purpose, body),
      }));
      if ('result' in made) return { headers, body: { ...made, ...reasonTitles(made.reason) } };
      await checks.keep(made, { key, followUp: partner.follow_up });
      return { status: 201, headers, body: await checkAnswer(deps, partner, made) };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/partner/v1/checks/:id', callers: ['open'], params: zPartnerThing },
      ...{ response: zCheckAnswer, summary: 'A check made before, with its receipt' },
    },
    async ({ params, context }) => {
      const partner = await requirePartner(deps, context);
      const check = await checks.read(partner.id, params.id);
      if (check === undefined) throw new Refusal('check-not-found');
      return { headers: noStore, body: await checkAnswer(deps, partner, check) };
    },
  );
  for (const [use, summary] of [
    ['receipt', 'Keys of receipts, former ones too (JWK set)'],
    ['webhook', 'Keys of events (JWK set)'],
  ] as const) {
    route(
      {
        ...{ method: 'get', path: `/partner/v1/${use}-keys`, callers: ['open'], response: zReceiptKeys, summary },
      },
      async () => ({
        headers: { 'Cache-Control': 'public, max-age=300' },
        body: zReceiptKeys.parse({ keys: await deps.publishedKeys(use) }),
      }),
    );
  }
  return router;

  /** A key under which nothing was decided is free again. */
  async function givingBack<T extends { made: object }>(
    partner: Partner,
    key: string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    let decided = false;
    try {
      const done = await work();
      decided = !('result' in done.made);
      return done;
    } finally {
      if (!decided && key !== undefined) await checks.giveBack(partner.id, key);
    }
  }
}
