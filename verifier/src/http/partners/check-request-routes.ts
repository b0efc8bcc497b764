import { createRoutes, type Database, lookUntil, onceByKey, Refusal, type WakeBell } from '@lanyard/platform';
import { z } from 'zod';
import { zCheckRequestAnswer, zCheckRequestMade, zSandboxAnswered } from '../../api/partner.js';
import type { Partner } from '../../domain/partners/partner.js';
import { SANDBOX_ANSWERS, SANDBOX_ENDS } from '../../domain/partners/sandbox.js';
import { findPurpose, type Purpose } from '../../domain/verifications/purposes.js';
import type { CheckRequestStore } from '../../storage/check-request-store.js';
import type { PartnerCheckStore } from '../../storage/partner-check-store.js';
import type { SandboxRequestStore } from '../../storage/sandbox-request-store.js';
import { linksOf, type MakeDeps, preparePresentation } from '../make-presentation.js';
import { zPresentationRequest, zSession } from '../presentation-request-body.js';
import { type PartnerAuthenticationDeps, requirePartner } from './authenticate-partner.js';
import { type CheckAnswerDeps, checkAnswer } from './check-answer.js';
import { concludeSandbox, requirePurpose } from './make-check.js';
import type { PartnerLimit } from './partner-limit.js';
import { noStore, zPartnerThing, zPurposeId } from './partner-shapes.js';
import { reasonTitles } from './reason-titles.js';
import type { CheckSettler } from './settle-checks.js';

export interface CheckRequestDeps extends PartnerAuthenticationDeps, CheckAnswerDeps {
  database: Database;
  making: Omit<MakeDeps, 'ownOrigins'>;
  sandbox: SandboxRequestStore;
  requests: CheckRequestStore;
  checks: PartnerCheckStore;
  settler: CheckSettler;
  limit: PartnerLimit;
  bell: WakeBell;
}

const MAX_WAIT_SECONDS = 25;
const LOOK_AGAIN_MS = 1_000;
const zAsk = z.strictObject({
  purpose: zPurposeId,
  flow: z.enum(['cross-device', 'same-device']).default('cross-device'),
  return_url: z.string().max(2_048).optional(),
  session: zSession.optional(),
  expires_in: z.number().int().min(30).max(600).default(300),
});
const zRead = z.object({
  wait: z.coerce.number().min(0).max(MAX_WAIT_SECONDS).default(0),
  response_code: z.string().min(1).max(128).optional(),
  session: zSession.optional(),
});

/** What the wallet shows as the reason: who will be told what. */
function reasonFor(partner: Partner, purpose: Purpose) {
  const { claims } = partner;
  const zh =
    claims.length === 0 ? '只告知是否符合' : `告知是否符合，及${claims.map((name) => CLAIM_WORDS[name].zh).join('、')}`;
  const en =
    claims.length === 0
      ? 'told yes or no only'
      : `told yes or no, and ${claims.map((name) => CLAIM_WORDS[name].en).join(', ')}`;
  return {
    zh: `${partner.name_zh}：${purpose.name_zh}（${zh}）`.slice(0, 200),
    en: `${partner.name_en}: ${purpose.name_en} (${en})`.slice(0, 200),
  };
}

const CLAIM_WORDS: Record<Partner['claims'][number], { zh: string; en: string }> = {
  level: { zh: '层次', en: 'level' },
  study_form: { zh: '学习形式', en: 'form of study' },
  enrolment_status: { zh: '学籍状态', en: 'enrolment status' },
  registered_until: { zh: '注册有效期', en: 'registered until' },
  interval: { zh: '乘车区间', en: 'home and school stations' },
};

/** Checks whose student agrees in the wallet (OpenID4VP): at the partner's site, or over its QR code. */
export function createCheckRequestRoutes(deps: CheckRequestDeps) {
  const { checks, making, requests, settler } = deps;
  const { presentations } = making;
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  route(
    {
      ...{ method: 'post', path: '/partner/v1/check-requests', callers: ['open'], body: zAsk, maxBodyBytes: 8_192 },
      ...{ response: zCheckRequestMade, summary: 'A check the student agrees to in the wallet: a link, or a QR code' },
    },
    async ({ body, context }) => {
      const partner = await requirePartner(deps, context);
      const purpose = requirePurpose(partner, body.purpose);
      const key = context.get('Idempotency-Key') || undefined;
      const isRepeat = key !== undefined && (await requests.isAnswered(partner.id, key));
      const headers = { ...(isRepeat ? {} : await deps.limit.take(partner)), ...noStore };
      const { expires_in: lifeSeconds, ...options } = body;
      const asked = zPresentationRequest.parse({ ...options, purpose_text: reasonFor(partner, purpose) });
      const makeDeps = { ...making, ownOrigins: new Set(partner.return_origins) };
      const made = await preparePresentation(makeDeps, asked, `partner:${partner.id}`, lifeSeconds);
      const request = { id: made.id, partnerId: partner.id, purpose: purpose.id, claims: partner.claims };
      const heldBack = body.flow === 'same-device';
      const links = linksOf(made, makeDeps);
      const answer = zCheckRequestMade.parse({
        ...{ id: made.id, state: 'open', expires_at: new Date(made.expiresAtMs).toISOString() },
        ...{ wallet_link: links.wallet_link, authorization_request: links.authorization_request },
      });
      const caller = `partner:${partner.id}`;
      const asking = { caller, key, body: { check_request: body } };
      const kept = await onceByKey(deps.database, asking, async (transaction) => {
        // No wallet finds a request of the sandbox: nobody real is ever asked by one.
        const sandbox = partner.sandbox ? { returnUrl: made.returnUrl, session: made.session } : undefined;
        const waiting = { ...request, heldBack, ...(sandbox === undefined ? {} : { sandbox }) };
        await requests.create(transaction, waiting, made.expiresAtMs);
        if (sandbox === undefined) await presentations.createIn(transaction, made, caller);
        return { status: 201, body: answer };
      });
      return { status: kept.status, headers, body: kept.body };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/partner/v1/check-requests/:id/sandbox-answer', callers: ['open'] },
      ...{ params: zPartnerThing, body: z.strictObject({ person: z.enum(SANDBOX_ANSWERS) }), maxBodyBytes: 256 },
      ...{ response: zSandboxAnswered, summary: 'In the sandbox: answers in the place of the student\u2019s wallet' },
    },
    async ({ params: { id }, body: { person }, context }) => {
      const partner = await requirePartner(deps, context);
      if (!partner.sandbox) throw new Refusal('sandbox-only');
      await settler.work();
      const request = await requests.find(partner.id, id);
      const purpose = request === undefined ? undefined : findPurpose(request.purpose);
      // Answered, ended or expired before: as a wallet's second answer is refused.
      if (request?.state !== 'open' || purpose === undefined) throw new Refusal('check-not-found');
      const head = { id, partner: partner.id, purpose, kind: 'presentation', claims: request.claims } as const;
      const made = SANDBOX_ENDS[person] ?? concludeSandbox({ clock: making.clock }, head, person);
      if (typeof made === 'string' || 'result' in made) {
        await requests.end(request, typeof made === 'string' ? made : made.reason);
        return { headers: noStore, body: zSandboxAnswered.parse({ id, state: 'ended' }) };
      }
      const event = { kind: 'check.answered', data: { check: id } } as const;
      const settled = await deps.database.transaction(async (transaction) => {
        const mine = await deps.sandbox.settle(transaction, request);
        if (mine !== undefined)
          await checks.keepIn(transaction, made, {
            ...{ followUp: partner.follow_up, event, heldBack: request.heldBack },
          });
        return mine;
      });
      if (settled === undefined) throw new Refusal('check-not-found');
      const back = settled.returnTo === undefined ? {} : { return_to: settled.returnTo };
      return { headers: noStore, body: zSandboxAnswered.parse({ id, state: 'answered', ...back }) };
    },
  );
  route(
    {
      ...{
        method: 'get',
        path: '/partner/v1/check-requests/:id',
        callers: ['open'],
        params: zPartnerThing,
        query: zRead,
      },
      ...{ response: zCheckRequestAnswer, summary: 'What came of it; waits up to 25 seconds' },
    },
    async ({ params: { id }, query, context, signal }) => {
      const partner = await requirePartner(deps, context);
      const { bell } = deps;
      const { clock } = making;
      const found = await lookUntil({
        ...{ bell, nowMs: clock.nowMs, untilMs: clock.nowMs() + query.wait * 1000, signal },
        look: async () => {
          await settler.work();
          const request = await requests.find(partner.id, id);
          if (request === undefined) throw new Refusal('check-not-found');
          return request;
        },
        isEnough: ({ state }) => state !== 'open',
        lookAgainMs: () => LOOK_AGAIN_MS,
      });
      if (found.state === 'open') return { headers: noStore, body: { id, state: 'open' } };
      if (found.state === 'ended') {
        const reason = found.reason ?? 'expired';
        return {
          headers: noStore,
          body: zCheckRequestAnswer.parse({ id, state: 'ended', reason, ...reasonTitles(reason) }),
        };
      }
      if (query.response_code !== undefined) await redeem(partner, id, query.response_code, query.session);
      const check = await checks.read(partner.id, id);
      if (check === undefined) throw new Refusal('check-not-found');
      const told = await checkAnswer(deps, partner, check);
      return { headers: noStore, body: zCheckRequestAnswer.parse({ id, state: 'answered', check: told }) };
    },
  );
  return router;

  /**
   * A presentation that returned to the partner's site tells its result against the response code that the student's
   * browser brought there (OpenID4VP 1.0 §14.3); else a link sent to somebody else would bring his answer.
   */
  async function redeem(partner: Partner, id: string, code: string, session: string | undefined): Promise<void> {
    const answer =
      (await deps.sandbox.redeem(id, code, session)) ??
      (await presentations.redeem(id, code, session, `partner:${partner.id}`));
    if (answer === 'invalid') throw new Refusal('response-code-invalid');
    if (answer === 'other-session') throw new Refusal('response-session-wrong');
    if (answer === 'used') throw new Refusal('response-code-used');
    await checks.release({ id, partnerId: partner.id });
  }
}
