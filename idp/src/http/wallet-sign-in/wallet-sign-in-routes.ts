import Router from '@koa/router';
import { type Clock, parseFormBody, readBody } from '@lanyard/platform';
import type { Context } from 'koa';
import { toString as qrToString } from 'qrcode';
import type { Interactions } from '../../adapters/provider/interactions.js';
import type { Account } from '../../domain/accounts/account.js';
import { proveSignIn } from '../../domain/sign-in/sign-in-proof.js';
import { acceptPresentation } from '../../domain/wallet-sign-in/accept-presentation.js';
import { type AskWallet, drawMatch } from '../../domain/wallet-sign-in/wallet-sign-in.js';
import type { WalletSignInStore } from '../../storage/wallet-sign-in-store.js';
import { requireOwnPage } from '../same-origin.js';
import type { WalletPages } from './wallet-pages.js';

const POLL_MS = 20_000;
const LOOK_EVERY_MS = 400;
const MAX_FORM_BYTES = 4_096;

export interface WalletSignInDeps {
  interactions: Interactions;
  ask: AskWallet;
  store: WalletSignInStore;
  findByNumber: (number: string) => Promise<Account | undefined>;
  universityCode: string;
  issuer: string;
  pages: WalletPages;
  random: (bytes: number) => Uint8Array;
  clock: Clock;
  /** Resolves after so many milliseconds, or when the client has gone. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Sign-in with the student ID (OpenID4VP, asked of the verifier). On one device the wallet leads back into the browser
 * that began; across devices the phone's browser shows three numbers, and the one on the first screen must be chosen:
 * a request that was passed on to a victim stops there.
 */
export function createWalletSignInRoutes(deps: WalletSignInDeps): Router {
  const { interactions, store, ask, pages } = deps;
  const router = new Router();

  router.get('/sign-in/:uid/wallet', async (context: Context) => {
    const uid = uidOf(context);
    const { party } = await interactions.read(context, uid);
    const id = store.newId();
    const request = await ask.request('same-device', `${deps.issuer}/sign-in/${uid}/wallet/return?try=${id}`, party);
    await store.create(id, {
      interactionUid: uid,
      flow: 'same-device',
      presentationId: request.presentationId,
      expiresAtMs: request.expiresAtMs,
    });
    context.status = 303;
    context.redirect(request.walletLink);
  });

  router.get('/sign-in/:uid/wallet/return', async (context: Context) => {
    const uid = uidOf(context);
    // Bound to the browser that began: without its interaction cookie this stops here (OpenID4VP §14.3).
    await interactions.read(context, uid);
    const query = new URLSearchParams(context.querystring);
    const id = query.get('try') ?? '';
    const found = await store.beginAnswer(id, 'same-device');
    if (found === undefined || found.interactionUid !== uid) return pages.refused(context, { uid, reason: 'expired' });
    return settle(context, uid, id, found.presentationId, query.get('response_code') ?? '');
  });

  router.get('/sign-in/:uid/wallet/scan', async (context: Context) => {
    const uid = uidOf(context);
    const { party } = await interactions.read(context, uid);
    const id = store.newId();
    const request = await ask.request('cross-device', `${deps.issuer}/wallet-match/${id}`, party);
    const match = drawMatch(deps.random(16));
    await store.create(id, {
      interactionUid: uid,
      flow: 'cross-device',
      presentationId: request.presentationId,
      match,
      expiresAtMs: request.expiresAtMs,
    });
    const qr = await qrToString(request.walletLink, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
    return pages.scan(context, { uid, id, party, qr, number: match.number, expiresAtMs: request.expiresAtMs });
  });

  router.get('/sign-in/:uid/wallet/scan/:id/state', async (context: Context) => {
    const uid = uidOf(context);
    await interactions.read(context, uid);
    const gone = new AbortController();
    context.res.once('close', () => gone.abort());
    const untilMs = deps.clock.nowMs() + POLL_MS;
    for (;;) {
      const found = await store.find(idOf(context));
      const state = found === undefined || found.interactionUid !== uid ? 'expired' : found.state;
      if ((state !== 'waiting' && state !== 'answering') || deps.clock.nowMs() >= untilMs || gone.signal.aborted) {
        context.body = { state, ...(found?.reason === undefined ? {} : { reason: found.reason }) };
        return;
      }
      await deps.pause(LOOK_EVERY_MS, gone.signal);
    }
  });

  router.get('/sign-in/:uid/wallet/scan/:id/done', async (context: Context) => {
    const uid = uidOf(context);
    await interactions.read(context, uid);
    const found = await store.find(idOf(context));
    const accountId = await store.take(idOf(context), uid);
    if (accountId === undefined) return pages.refused(context, { uid, reason: found?.reason ?? 'expired' });
    context.status = 303;
    context.redirect(
      await interactions.finishSignIn(context, uid, proveSignIn(accountId, 'wallet-presentation', ['wallet', 'user'])),
    );
  });

  // On the phone: another browser, without any cookie of the interaction.
  router.get('/wallet-match/:id', async (context: Context) => {
    const found = await store.find(idOf(context));
    if (found === undefined || found.state !== 'waiting') return pages.refused(context, { reason: 'expired' });
    const responseCode = new URLSearchParams(context.querystring).get('response_code') ?? '';
    return pages.match(context, { id: idOf(context), choices: found.choices, responseCode });
  });

  router.post('/wallet-match/:id', async (context: Context) => {
    requireOwnPage(context, new URL(deps.issuer).origin);
    const id = idOf(context);
    const form = parseFormBody(await readBody(context.req, MAX_FORM_BYTES));
    // Taken before the number is compared: there is one try.
    const found = await store.beginAnswer(id, 'cross-device');
    if (found === undefined) return pages.refused(context, { reason: 'expired' });
    if (form['number'] !== String(found.number)) {
      await store.refused(id, 'number-mismatch');
      return pages.refused(context, { reason: 'number-mismatch' });
    }
    const accepted = await readPresented(found.presentationId, form['response_code'] ?? '');
    if ('refused' in accepted) {
      await store.refused(id, accepted.refused);
      return pages.refused(context, { reason: accepted.refused });
    }
    await store.matched(id, accepted.account.id);
    return pages.matched(context);
  });
  return router;

  async function settle(context: Context, uid: string, id: string, presentationId: string, responseCode: string) {
    const accepted = await readPresented(presentationId, responseCode);
    if ('refused' in accepted) {
      await store.refused(id, accepted.refused);
      return pages.refused(context, { uid, reason: accepted.refused });
    }
    await store.matched(id, accepted.account.id);
    const accountId = await store.take(id, uid);
    if (accountId === undefined) return pages.refused(context, { uid, reason: 'expired' });
    context.status = 303;
    context.redirect(
      await interactions.finishSignIn(context, uid, proveSignIn(accountId, 'wallet-presentation', ['wallet', 'user'])),
    );
  }

  async function readPresented(presentationId: string, responseCode: string) {
    const presented = responseCode === '' ? undefined : await ask.read(presentationId, responseCode);
    return acceptPresentation(presented, { universityCode: deps.universityCode, findByNumber: deps.findByNumber });
  }
}

const parametersOf = (context: Context) => (context as Context & { params: Record<string, string> }).params;
const uidOf = (context: Context): string => parametersOf(context)['uid'] ?? '';
const idOf = (context: Context): string => parametersOf(context)['id'] ?? '';
