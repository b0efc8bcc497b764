import { createRoutes, type Logger, parseFormBody, Refusal, readBody, type WakeBell } from '@lanyard/platform';
import { REQUEST_OBJECT_TYP } from '@lanyard/protocol';
import type { Context } from 'koa';
import { z } from 'zod';
import { withResponseCode } from '../domain/presentations/request-object.js';
import type { OpenPresentation } from '../storage/presentation-store.js';
import { OAuthRefusal, oauthAnswer } from './oauth-refusal.js';
import { readAnswer } from './read-answer.js';
import { readWalletForm, requireAble } from './read-wallet-form.js';
import type { SignRequest } from './sign-request.js';
import { type TakeAnswerDeps, takeAnswer } from './take-answer.js';

export interface Openid4vpDeps extends TakeAnswerDeps {
  signRequest: SignRequest;
  bell: WakeBell;
  log: Logger;
}

const MAX_ANSWER_BYTES = 524_288;
/** Metadata of a wallet and a nonce. */
const MAX_WALLET_FORM_BYTES = 65_536;
const zId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
const NO_STORE = { 'Cache-Control': 'no-store' };

/** What wallets call: request objects (OpenID4VP 1.0 §5.10) and the response endpoint (§8.2). */
export function createOpenid4vpRoutes(deps: Openid4vpDeps) {
  const { presentations, signRequest, bell, log } = deps;
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  const requestIdOf = (context: Context) => String(context.state['requestId'] ?? '');

  /** @throws Refusal `presentation-request-over`, `presentation-request-not-found` */
  async function open<T>(id: string, find: (id: string) => Promise<T | undefined>): Promise<T> {
    const presentation = await find(id);
    if (presentation !== undefined) return presentation;
    const known = await presentations.exists(id);
    throw new Refusal(known ? 'presentation-request-over' : 'presentation-request-not-found');
  }

  async function giveRequest(id: string, walletNonce?: string) {
    const presentation = await open(id, presentations.fetch);
    bell.ring();
    return {
      body: signRequest.forWallet(presentation, walletNonce),
      headers: { ...NO_STORE, 'Content-Type': `application/${REQUEST_OBJECT_TYP}` },
    };
  }

  route(
    {
      method: 'get',
      path: '/openid4vp/requests/:id',
      callers: ['open'],
      params: zId,
      summary: 'The signed request object',
    },
    ({ params: { id } }) => giveRequest(id),
  );
  route(
    {
      method: 'post',
      path: '/openid4vp/requests/:id',
      callers: ['open'],
      params: zId,
      summary: 'The signed request object for a wallet that says what it can, with its nonce inside',
    },
    async ({ params: { id }, context }) => {
      const presentation = await open(id, presentations.findOpen);
      try {
        const { metadata, nonce } = readWalletForm(await readForm(context, MAX_WALLET_FORM_BYTES));
        // Before it counts as fetched: a wallet that cannot answer leaves the request to another.
        if (metadata !== undefined) requireAble(metadata, presentation);
        return await giveRequest(id, nonce);
      } catch (thrown) {
        return oauthAnswer(thrown, log, requestIdOf(context));
      }
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
        const form = await readForm(context, MAX_ANSWER_BYTES);
        return { status: 200, headers: NO_STORE, body: await answerOf(id, form, deps) };
      } catch (thrown) {
        return oauthAnswer(thrown, log, requestIdOf(context));
      }
    },
  );
  return router;
}

async function readForm(context: Context, maxBytes: number): Promise<Record<string, string>> {
  if (!context.is('application/x-www-form-urlencoded'))
    throw new OAuthRefusal('This endpoint takes a form.', 'form-expected', 415);
  return parseFormBody(await readBody(context.req, maxBytes));
}

/**
 * A form that is malformed, for another request, or not of the shape the query asks for leaves the request open: else
 * whoever sees the address could spoil it. What has the right shape is taken, once, whatever its verdict.
 */
async function answerOf(id: string, form: Record<string, string>, deps: Openid4vpDeps): Promise<object> {
  const presentation = await deps.presentations.findFetched(id);
  if (presentation === undefined) {
    const known = await deps.presentations.exists(id);
    throw known ? over() : new OAuthRefusal('There is no such request.', 'request-unknown', 404);
  }
  const taken = await takeAnswer(await readAnswer(form, presentation), presentation, deps);
  if (taken === undefined) throw over();
  deps.bell.ring();
  return redirectOf(presentation, taken.responseCode);
}

function redirectOf({ returnUrl }: OpenPresentation, responseCode: string | undefined): object {
  if (returnUrl === undefined || responseCode === undefined) return {};
  return { redirect_uri: withResponseCode(returnUrl, responseCode) };
}

function over(): OAuthRefusal {
  return new OAuthRefusal('The request was answered, has expired, or was never fetched.', 'request-over');
}
