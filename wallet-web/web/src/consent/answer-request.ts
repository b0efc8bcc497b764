import {
  createAuthorizationResponse,
  createRefusalResponse,
  type EncryptionKey,
  redirectOf,
  type VerifiedRequest,
} from '@lanyard/protocol';
import { sessionTranscriptOf } from '@lanyard/protocol/mdoc';
import { webHashes } from '@lanyard/protocol/web-crypto';
import { CompactEncrypt, importJWK } from 'jose';
import type { WalletContext } from '../app/page.js';
import { ask } from '../issuer/refusal.js';
import { keepRecord } from '../storage/keep-record.js';
import type { Chosen } from './choices.js';
import { ConsentProblem } from './consent-problem.js';
import { markUsed, recordOf } from './mark-used.js';
import type { LinkedRequest } from './open-request.js';
import { signPresentations } from './sign-presentations.js';

/** Where the browser goes on, if the verifier says so. */
export interface Answered {
  readonly redirect: string | undefined;
}

/**
 * Sends what was agreed to: signed and encrypted first, then each copy is stored as used together with the record, then
 * it goes out. @throws ConsentProblem
 */
export async function answerRequest(
  wallet: WalletContext,
  opened: LinkedRequest,
  chosen: readonly Chosen[],
): Promise<Answered> {
  const { request } = opened;
  const nowSeconds = wallet.clock.nowSeconds();
  if (request.expiresAtSeconds !== undefined && request.expiresAtSeconds <= nowSeconds) {
    throw new ConsentProblem('request-gone', 'request-expired');
  }
  const fields = await signAnswer(request, chosen, nowSeconds).catch((cause: unknown) => {
    throw withCause(new ConsentProblem('sign'), cause);
  });
  await markUsed(wallet, opened, chosen);
  let answer: Response;
  try {
    answer = await post(request, fields);
  } catch (cause) {
    throw withCause(new ConsentProblem('send'), cause);
  }
  if (!answer.ok) throw new ConsentProblem('refused', `http-${answer.status}`);
  return { redirect: redirectOf(await answer.json().catch(() => undefined)) };
}

/** Tells the verifier that the holder does not agree, and nothing else. `told` is false where it did not answer. */
export async function declineRequest(
  wallet: WalletContext,
  opened: LinkedRequest,
): Promise<Answered & { readonly told: boolean }> {
  const record = { kind: 'declined', atMs: wallet.clock.nowMs(), ...recordOf(opened) } as const;
  await wallet.db.write((transaction) => keepRecord(transaction, record));
  try {
    const answer = await post(opened.request, createRefusalResponse(opened.request));
    return { told: answer.ok, redirect: answer.ok ? redirectOf(await answer.json()) : undefined };
  } catch {
    return { told: false, redirect: undefined };
  }
}

async function signAnswer(request: VerifiedRequest, chosen: readonly Chosen[], nowSeconds: number) {
  const { nonce, clientId: audience, transactions } = request;
  const sessionTranscript = sessionTranscriptOf(request, webHashes.sha256);
  const binding = { nonce, audience, sessionTranscript, transactions };
  return createAuthorizationResponse(request, await signPresentations(chosen, binding, nowSeconds), encrypt);
}

export async function encrypt(plaintext: string, { jwk, enc }: EncryptionKey): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(plaintext))
    .setProtectedHeader({ alg: jwk.alg, enc, kid: jwk.kid })
    .encrypt(await importJWK({ ...jwk }, jwk.alg));
}

/** OpenID4VP 1.0 §8.2 with the errata: a redirect by HTTP status is never followed with a presentation in hand. */
function post(request: VerifiedRequest, fields: Record<string, string>): Promise<Response> {
  return ask(request.responseUri, { method: 'POST', body: new URLSearchParams(fields), redirect: 'error' });
}

function withCause(problem: ConsentProblem, cause: unknown): ConsentProblem {
  problem.cause = cause;
  return problem;
}
