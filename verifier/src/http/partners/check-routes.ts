import { createRoutes, type Database, dayInShanghai, onceByKey, Refusal, type RouteAnswer } from '@lanyard/platform';
import { z } from 'zod';
import type { ActiveSigner } from '../../adapters/signers.js';
import { decideJourney } from '../../domain/entitlements/decide-entitlement.js';
import { entitledYear } from '../../domain/entitlements/entitled-year.js';
import type { EntitlementDefinition } from '../../domain/entitlements/entitlement.js';
import { ENTITLEMENTS } from '../../domain/entitlements/rail-student-discount.js';
import { disclosedTo, type PartnerCheck } from '../../domain/partners/check.js';
import type { Partner } from '../../domain/partners/partner.js';
import { createReceipt } from '../../domain/partners/receipt.js';
import type { EntitlementStore, EntitlementUse } from '../../storage/entitlement-store.js';
import type { PartnerCheckStore } from '../../storage/partner-check-store.js';
import type { PartnerStore } from '../../storage/partner-store.js';
import { requirePartner } from './authenticate-partner.js';
import { type CheckDeps, makeCheck, requirePurpose } from './make-check.js';
import type { LimitHeaders, PartnerLimit } from './partner-limit.js';
import { reasonTitles } from './reason-titles.js';

export interface PartnerCheckDeps extends CheckDeps {
  database: Database;
  partners: PartnerStore;
  checks: PartnerCheckStore;
  entitlements: EntitlementStore;
  limit: PartnerLimit;
  receiptSigner: () => ActiveSigner;
  receiptKeys: () => Promise<readonly object[]>;
  verifierUrl: string;
}

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9A-Fa-f]{${2 * bytes}}$`));
const zCheck = z.union([
  z.strictObject({ purpose: z.string().min(1).max(64), code: z.string().min(1).max(2_048) }),
  z.strictObject({
    purpose: z.string().min(1).max(64),
    card_tap: z.strictObject({ picc_data: hex(16), cmac: hex(8), key_version: z.number().int().min(0).max(255) }),
  }),
]);
const zFen = z.number().int().min(0).max(10_000_000);
const zJourney = z.strictObject({
  travel_date: z.iso.date(),
  from: z.string().min(1).max(40),
  to: z.string().min(1).max(40),
  seat_class: z.string().min(1).max(40),
  charged_fen: zFen,
  published_fen: zFen,
});
const zId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
const noStore = { 'Cache-Control': 'no-store' };

/** What partners call: checks, and uses of the discount a check found. */
export function createPartnerCheckRoutes(deps: PartnerCheckDeps) {
  const { checks, entitlements, partners } = deps;
  // Tokens of partners are their own: nobody else's bearer opens anything here.
  const { router, route } = createRoutes(() => ({ kind: 'open' }));

  async function answerOf(partner: Partner, check: PartnerCheck): Promise<object> {
    const claims = disclosedTo(partner, check);
    const { outcome } = check;
    const signer = deps.receiptSigner();
    const receipt = createReceipt(check, { issuer: deps.verifierUrl, claims, kid: signer.kidText, sign: signer.sign });
    const entitlement = entitlementOf(check);
    return {
      ...{ id: check.id, purpose: check.purpose, at: new Date(check.atMs).toISOString(), result: outcome.result },
      ...(outcome.result === 'eligible' ? { valid_until: outcome.validUntil } : { reason: outcome.reason }),
      ...(outcome.result === 'eligible' ? {} : reasonTitles(outcome.reason)),
      claims,
      ...(entitlement === undefined || check.student === undefined || outcome.result !== 'eligible'
        ? {}
        : { entitlement: await usesOf(entitlement, check.student.subject, check.atMs) }),
      receipt,
    };
  }

  async function usesOf(entitlement: EntitlementDefinition, subject: string, atMs: number) {
    const year = entitledYear(entitlement, dayInShanghai(atMs));
    const left = await entitlements.left(entitlement, Buffer.from(subject, 'base64url'), year.year);
    return { id: entitlement.id, year_from: year.from, year_to: year.to, uses: entitlement.usesPerYear, left };
  }

  route(
    {
      method: 'post',
      path: '/partner/v1/checks',
      callers: ['open'],
      body: zCheck,
      maxBodyBytes: 8_192,
      summary: 'Is this a student?',
    },
    async ({ body, context }) => {
      const partner = await requirePartner(partners, context);
      const purpose = requirePurpose(partner, body.purpose);
      const key = context.get('Idempotency-Key') || undefined;
      const before = key === undefined ? undefined : await checks.claim(partner.id, key, body);
      if (before !== undefined) return { headers: noStore, body: await answerOf(partner, before) };
      let headers: LimitHeaders;
      let made: Awaited<ReturnType<typeof makeCheck>>;
      try {
        headers = { ...(await deps.limit.take(partner)), ...noStore };
        made = await makeCheck(deps, partner, purpose, body);
      } catch (error) {
        if (key !== undefined) await checks.giveBack(partner.id, key);
        throw error;
      }
      if ('result' in made) {
        if (key !== undefined) await checks.giveBack(partner.id, key);
        return { headers, body: { ...made, ...reasonTitles(made.reason) } };
      }
      await checks.keep(made, key);
      return { status: 201, headers, body: await answerOf(partner, made) };
    },
  );
  route(
    {
      method: 'get',
      path: '/partner/v1/checks/:id',
      callers: ['open'],
      params: zId,
      summary: 'A check made before, with its receipt',
    },
    async ({ params, context }) => {
      const partner = await requirePartner(partners, context);
      return { headers: noStore, body: await answerOf(partner, await requireCheck(partner, params.id)) };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/partner/v1/checks/:id/uses', callers: ['open'], params: zId, body: zJourney },
      summary: 'Holds one use of the discount for half an hour and says what the student pays',
    },
    async ({ params, body, context }) => {
      const partner = await requirePartner(partners, context);
      const check = await requireCheck(partner, params.id);
      const once = {
        caller: `partner:${partner.id}`,
        key: context.get('Idempotency-Key'),
        body: { ...body, check: params.id },
      };
      return keptAnswer(
        await onceByKey(deps.database, once, async (transaction) => {
          const entitlement = entitlementOf(check);
          const today = dayInShanghai(deps.clock.nowMs());
          if (check.outcome.result !== 'eligible' || check.student === undefined || entitlement === undefined)
            throw new Refusal('check-not-eligible');
          if (dayInShanghai(check.atMs) !== today) throw new Refusal('check-too-old');
          const journey = {
            ...{ travelDate: body.travel_date, from: body.from, to: body.to, seatClass: body.seat_class },
            ...{ chargedFen: body.charged_fen, publishedFen: body.published_fen },
          };
          const decided = decideJourney(entitlement, check.student, journey, today);
          if (!decided.eligible) throw new Refusal('journey-not-covered', { fields: { reason: decided.reason } });
          const use = await entitlements.reserve(transaction, {
            ...{ partnerId: partner.id, checkId: check.id, entitlement, year: decided.year, fareFen: decided.fareFen },
            subject: Buffer.from(check.student.subject, 'base64url'),
            ...{ travelDate: journey.travelDate, seatClass: journey.seatClass },
          });
          return { status: 201, body: useAnswer(use) };
        }),
      );
    },
  );
  for (const verb of ['redeem', 'release', 'refund'] as const) {
    route(
      {
        ...{ method: 'post', path: `/partner/v1/uses/:id/${verb}`, callers: ['open'], params: zId },
        summary: {
          redeem: 'The ticket was bought',
          release: 'It was not',
          refund: 'It was given back, and so is the use',
        }[verb],
      },
      async ({ params, context }) => {
        const partner = await requirePartner(partners, context);
        const once = {
          caller: `partner:${partner.id}`,
          key: context.get('Idempotency-Key'),
          body: { use: params.id, verb },
        };
        return keptAnswer(
          await onceByKey(deps.database, once, async (transaction) => ({
            status: 200,
            body: useAnswer(await entitlements.move(transaction, verb, { id: params.id, partnerId: partner.id })),
          })),
        );
      },
    );
  }
  route(
    {
      method: 'get',
      path: '/partner/v1/receipt-keys',
      callers: ['open'],
      summary: 'Keys of receipts, former ones too (JWK set)',
    },
    async () => ({ headers: { 'Cache-Control': 'public, max-age=300' }, body: { keys: await deps.receiptKeys() } }),
  );
  return router;

  async function requireCheck(partner: Partner, id: string): Promise<PartnerCheck> {
    const check = await checks.read(partner.id, id);
    if (check === undefined) throw new Refusal('check-not-found');
    return check;
  }
}

const entitlementOf = (check: PartnerCheck) => ENTITLEMENTS.find(({ purpose }) => purpose === check.purpose);
const keptAnswer = ({ status, body }: { status: number; body: unknown }): RouteAnswer => ({
  status,
  headers: noStore,
  body,
});

function useAnswer(use: EntitlementUse) {
  const { id, state, fareFen, reservedUntil, left } = use;
  return { id, state, fare_fen: fareFen, reserved_until: reservedUntil.toISOString(), left };
}
