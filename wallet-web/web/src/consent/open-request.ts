import {
  AuthorizationRequestError,
  type AuthorizationRequestLink,
  type DcqlQuery,
  encodeBase64url,
  type ReceivedTransactionData,
  type RequestPurpose,
  type VerifiedRequest,
} from '@lanyard/protocol';
import { webRandomBytes } from '@lanyard/protocol/web-crypto';
import type { WalletContext } from '../app/page.js';
import { createHolderLine } from '../issuer/holder-line.js';
import { refill } from '../issuer/refill.js';
import { ask, NoAnswer } from '../issuer/refusal.js';
import { type Choices, listChoices } from './choices.js';
import { ConsentProblem, problemOf } from './consent-problem.js';
import { type HeldCard, heldCards } from './held-copies.js';
import { proveAsker } from './prove-asker.js';
import { type Asker, askerOf } from './reader-name.js';

const MAX_REQUEST_CHARACTERS = 65_536;

/** A request that was checked, who sent it, and what could answer it. */
export interface OpenedRequest {
  readonly asker: Asker;
  readonly purpose: RequestPurpose | undefined;
  readonly transactions: readonly ReceivedTransactionData[];
  readonly expiresAtSeconds: number | undefined;
  readonly choices: Choices;
  readonly held: readonly HeldCard[];
}

/** A request by link: its answer is posted. */
export interface LinkedRequest extends OpenedRequest {
  readonly request: VerifiedRequest;
}

/** Fetches the request object, proves who sent it, and finds what could answer it. @throws ConsentProblem */
export async function openRequest(wallet: WalletContext, link: AuthorizationRequestLink): Promise<LinkedRequest> {
  // §5.10: what we send comes back inside the signature, so an object made for another call is found out.
  const walletNonce = link.requestUriMethod === 'post' ? encodeBase64url(webRandomBytes(16)) : undefined;
  const jwt = await fetchRequest(link.requestUri, walletNonce);
  const { request, known } = await proveAsker(wallet, link, jwt, walletNonce).catch(async (error: unknown) => {
    await tellRefusal(error);
    throw problemOf(error);
  });
  const { purpose, transactions, expiresAtSeconds, query } = request;
  const asker = askerOf(request.reader, known);
  return { request, asker, purpose, transactions, expiresAtSeconds, ...(await findAnswers(wallet, query)) };
}

/** §8.5: whoever asked for what the wallet cannot show is told so, once it is known that he did. */
async function tellRefusal(error: unknown): Promise<void> {
  if (!(error instanceof AuthorizationRequestError) || error.answer === undefined) return;
  const { responseUri, fields } = error.answer;
  const body = new URLSearchParams({ ...fields });
  await ask(responseUri, { method: 'POST', body, redirect: 'error' }).catch(() => {});
}

async function fetchRequest(uri: string, walletNonce: string | undefined): Promise<string> {
  const headers = { Accept: 'application/oauth-authz-req+jwt' };
  const init: RequestInit =
    walletNonce === undefined
      ? { headers, redirect: 'error' }
      : { headers, redirect: 'error', method: 'POST', body: new URLSearchParams({ wallet_nonce: walletNonce }) };
  let answer: Response;
  try {
    answer = await ask(uri, init);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new ConsentProblem(navigator.onLine ? 'no-answer' : 'offline');
  }
  if (answer.status === 404 || answer.status === 410) throw new ConsentProblem('request-gone');
  if (!answer.ok) throw new ConsentProblem('no-answer', `http-${answer.status}`);
  const text = await answer.text().catch(() => '');
  if (text === '') throw new ConsentProblem('no-answer');
  if (text.length > MAX_REQUEST_CHARACTERS) throw new ConsentProblem('forged', 'request-too-large');
  return text.trim();
}

/**
 * Unused copies only; an empty store is filled first. What is shown for consent is read from these very copies.
 * @throws ConsentProblem `no-match`, `no-copies`
 */
export async function findAnswers(
  wallet: WalletContext,
  query: DcqlQuery,
): Promise<Pick<OpenedRequest, 'choices' | 'held'>> {
  const most = query.credentials.length;
  let held = await heldCards(wallet, most);
  if (held.some(({ card, copies }) => card.own && copies.length < most)) {
    const { db, clock } = wallet;
    const { state } = await db.read('state');
    if (state !== undefined) await refill({ db, clock, call: createHolderLine(db, clock) }, state).catch(() => {});
    held = await heldCards(wallet, most);
  }
  if (held.every(({ copies }) => copies.length === 0)) throw new ConsentProblem('no-copies');
  const choices = listChoices(query, held);
  if ('missing' in choices) throw new ConsentProblem('no-match', choices.missing.join(' '));
  return { choices, held };
}
