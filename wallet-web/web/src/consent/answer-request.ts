import {
  createAuthorizationResponse,
  createPresentation,
  createRefusalResponse,
  type EncryptionKey,
  redirectOf,
  type VerifiedRequest,
} from '@lanyard/protocol';
import { createWebSigner } from '@lanyard/protocol/web-crypto';
import { CompactEncrypt, importJWK } from 'jose';
import type { WalletContext } from '../app/page.js';
import { ask } from '../issuer/refusal.js';
import { keepRecord } from '../storage/keep-record.js';
import type { HeldCredential, KeptRecord } from '../storage/kept.js';
import { type Chosen, ConsentProblem, digestText, type OpenedRequest } from './open-request.js';
import { readerName } from './reader-name.js';

/** Where the browser goes on, if the verifier says so. */
export interface Answered {
  readonly redirect: string | undefined;
}

/**
 * Sends what was agreed to: signed and encrypted first, then each copy is stored as used together with the record, then
 * it goes out. A copy that was used meanwhile, in another tab, ends this with nothing sent. @throws ConsentProblem
 */
export async function answerRequest(wallet: WalletContext, opened: OpenedRequest): Promise<Answered> {
  const { request, chosen } = opened;
  const { clock } = wallet;
  if (request.expiresAtSeconds !== undefined && request.expiresAtSeconds <= clock.nowSeconds()) {
    throw new ConsentProblem('request-gone', 'request-expired');
  }
  const fields = await signAnswer(request, chosen, clock.nowSeconds()).catch((cause: unknown) => {
    throw withCause(new ConsentProblem('sign'), cause);
  });
  await markUsed(wallet, opened);
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
  request: VerifiedRequest,
): Promise<Answered & { readonly told: boolean }> {
  const record: KeptRecord = { kind: 'declined', atMs: wallet.clock.nowMs(), to: readerName(request.reader) };
  await wallet.db.write((transaction) => keepRecord(transaction, record));
  try {
    const answer = await post(request, createRefusalResponse(request));
    return { told: answer.ok, redirect: answer.ok ? redirectOf(await answer.json()) : undefined };
  } catch {
    return { told: false, redirect: undefined };
  }
}

async function signAnswer(request: VerifiedRequest, chosen: readonly Chosen[], nowSeconds: number) {
  const presentations = await Promise.all(
    chosen.map(async ({ queryId, candidate }): Promise<[string, string[]]> => {
      const sign = createWebSigner(candidate.held.copy.privateKey);
      return [queryId, [await createPresentation(request, candidate, { sign, digestText, nowSeconds })]];
    }),
  );
  return createAuthorizationResponse(request, new Map(presentations), encrypt);
}

async function encrypt(plaintext: string, { jwk, enc }: EncryptionKey): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(plaintext))
    .setProtectedHeader({ alg: jwk.alg, enc, kid: jwk.kid })
    .encrypt(await importJWK({ ...jwk }, jwk.alg));
}

async function markUsed({ db, clock }: WalletContext, { request, chosen }: OpenedRequest): Promise<void> {
  const learned = [
    ...new Set(chosen.flatMap(({ candidate }) => candidate.disclosed.map(({ path }) => String(path[0])))),
  ];
  const usedAtMs = clock.nowMs();
  try {
    await db.write(async (transaction) => {
      const store = transaction.objectStore('credentials');
      for (const { candidate } of chosen) {
        const { id = -1 } = candidate.held.copy;
        const kept: HeldCredential | undefined = await store.get(id);
        if (kept === undefined || kept.usedAtMs !== undefined) throw new ConsentProblem('no-copies', 'copy-used');
        await store.put({ ...kept, usedAtMs });
      }
      await keepRecord(transaction, { kind: 'presented', atMs: usedAtMs, to: readerName(request.reader), learned });
    });
  } catch (error) {
    throw error instanceof ConsentProblem ? error : withCause(new ConsentProblem('storage'), error);
  }
}

/** OpenID4VP 1.0 §8.2 with the errata: a redirect by HTTP status is never followed with a presentation in hand. */
function post(request: VerifiedRequest, fields: Record<string, string>): Promise<Response> {
  return ask(request.responseUri, { method: 'POST', body: new URLSearchParams(fields), redirect: 'error' });
}

function withCause(problem: ConsentProblem, cause: unknown): ConsentProblem {
  problem.cause = cause;
  return problem;
}
