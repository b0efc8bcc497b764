import { randomBytes } from 'node:crypto';
import {
  type Clock,
  createRoutes,
  type Logger,
  parseFormBody,
  Refusal,
  readBody,
  type WakeBell,
} from '@lanyard/platform';
import { REQUEST_OBJECT_TYP, signJws } from '@lanyard/protocol';
import { z } from 'zod';
import { responseJwkOf } from '../adapters/response-encryption.js';
import type { Signers } from '../adapters/signers.js';
import { type AnswerContext, type DecidedAnswer, decideAnswer } from '../domain/presentations/decide-answer.js';
import { requestObject, withResponseCode } from '../domain/presentations/request-object.js';
import { findPurpose } from '../domain/verifications/purposes.js';
import type { OpenPresentation, PresentationStore } from '../storage/presentation-store.js';
import { OAuthRefusal, oauthAnswer } from './oauth-refusal.js';
import { type ReceivedAnswer, readAnswer } from './read-answer.js';

export interface Openid4vpDeps {
  presentations: PresentationStore;
  signers: Signers;
  bell: WakeBell;
  clock: Clock;
  log: Logger;
  verifierUrl: string;
  clientName: string;
  /** Without what a request itself brings. */
  answerContext: () => Omit<AnswerContext, 'query' | 'nonce' | 'clientId' | 'policy'>;
}

const MAX_FORM_BYTES = 524_288;
const CODE_BYTES = 32;
const zId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
const NO_STORE = { 'Cache-Control': 'no-store' };

/** What wallets call: request objects (OpenID4VP 1.0 §5.10) and the response endpoint (§8.2). */
export function createOpenid4vpRoutes(deps: Openid4vpDeps) {
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  route(
    {
      method: 'get',
      path: '/openid4vp/requests/:id',
      callers: ['open'],
      params: zId,
      summary: 'The signed request object',
    },
    async ({ params: { id } }) => {
      const presentation = await deps.presentations.fetch(id);
      if (presentation === undefined) {
        const known = await deps.presentations.exists(id);
        throw new Refusal(known ? 'presentation-request-over' : 'presentation-request-not-found');
      }
      deps.bell.ring();
      return {
        body: signRequest(presentation, deps),
        headers: { ...NO_STORE, 'Content-Type': `application/${REQUEST_OBJECT_TYP}` },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/openid4vp/responses/:id',
      callers: ['open'],
      params: z.object({ id: z.string().max(64) }),
      summary: 'The answer of a wallet, as a form',
    },
    async ({ params: { id }, context }) => {
      try {
        if (!context.is('application/x-www-form-urlencoded'))
          throw new OAuthRefusal('The response endpoint takes a form.', 'form-expected', 415);
        const form = parseFormBody(await readBody(context.req, MAX_FORM_BYTES));
        return { status: 200, headers: NO_STORE, body: await takeAnswer(id, form, deps) };
      } catch (thrown) {
        return oauthAnswer(thrown, deps.log, String(context.state['requestId'] ?? ''));
      }
    },
  );
  return router;
}

/** @throws Refusal `presentation-request-over` where the signer has ended meanwhile */
function signRequest(presentation: OpenPresentation, { signers, verifierUrl, clientName }: Openid4vpDeps): string {
  const { kid, leaf, root } = presentation.signer;
  const signer = signers.announced('request').find((one) => Buffer.from(one.kid).equals(Buffer.from(kid)));
  if (signer === undefined) throw new Refusal('presentation-request-over');
  const key = presentation.encryptionKey;
  const payload = requestObject({
    clientId: presentation.clientId,
    clientName,
    purposeText: presentation.purposeText,
    responseUri: `${verifierUrl}/openid4vp/responses/${presentation.id}`,
    responseMode: presentation.responseMode,
    nonce: presentation.nonce,
    state: presentation.walletState,
    query: presentation.query,
    encryptionKey: key === undefined ? undefined : responseJwkOf(key.pkcs8, key.kid),
    issuedAtSeconds: Math.floor(presentation.createdAtMs / 1000),
    expiresAtSeconds: Math.floor(presentation.expiresAtMs / 1000),
  });
  const x5c = [leaf, root].map((der) => Buffer.from(der).toString('base64'));
  return signJws({ typ: REQUEST_OBJECT_TYP, x5c }, payload, signer.sign);
}

/**
 * A form that is malformed, for another request, or not of the shape the query asks for leaves the request open: else
 * whoever sees the address could spoil it. What has the right shape is taken, once, whatever its verdict.
 */
async function takeAnswer(id: string, form: Record<string, string>, deps: Openid4vpDeps): Promise<object> {
  const presentation = await deps.presentations.findFetched(id);
  if (presentation === undefined) {
    const known = await deps.presentations.exists(id);
    throw known ? over() : new OAuthRefusal('There is no such request.', 'request-unknown', 404);
  }
  const received = await readAnswer(form, presentation);
  const { overall, results } = await decide(received, presentation, deps);
  const { returnUrl } = presentation;
  const responseCode = returnUrl === undefined ? undefined : randomBytes(CODE_BYTES).toString('base64url');
  if (!(await deps.presentations.take(id, { overall, results, responseCode }))) throw over();
  deps.bell.ring();
  if (returnUrl === undefined || responseCode === undefined) return {};
  return { redirect_uri: withResponseCode(returnUrl, responseCode) };
}

function over(): OAuthRefusal {
  return new OAuthRefusal('The request was answered, has expired, or was never fetched.', 'request-over');
}

async function decide(
  received: ReceivedAnswer,
  presentation: OpenPresentation,
  deps: Openid4vpDeps,
): Promise<DecidedAnswer> {
  if ('error' in received) {
    const reason = received.error === 'access_denied' ? 'declined' : 'wallet-error';
    return { overall: { verdict: 'rejected', reason }, results: {} };
  }
  const { query, nonce, clientId, purpose } = presentation;
  const policy = purpose === undefined ? undefined : findPurpose(purpose)?.policy;
  return decideAnswer(received.token, { ...deps.answerContext(), query, nonce, clientId, policy });
}
