import {
  assembleKeyBinding,
  encodeBase64url,
  prepareKeyBinding,
  type ReceivedTransactionData,
  transactionClaims,
  transactionsOf,
} from '@lanyard/protocol';
import { assembleDeviceResponse, prepareDeviceResponse, type SessionTranscript } from '@lanyard/protocol/mdoc';
import { createWebSigner } from '@lanyard/protocol/web-crypto';
import type { Chosen } from './choices.js';
import { digestText } from './held-copies.js';

/** What ties an answer to one request, in both formats. Made only of a request that was checked. */
export interface AnswerBinding {
  readonly nonce: string;
  /** The KB-JWT's `aud`: the full client identifier, or `origin:` and the origin. */
  readonly audience: string;
  readonly sessionTranscript: SessionTranscript;
  readonly transactions: readonly ReceivedTransactionData[];
}

/** The entries of a vp_token, each signed by its copy's own key (OpenID4VP 1.0 B.2.5, B.3.6). */
export async function signPresentations(
  chosen: readonly Chosen[],
  binding: AnswerBinding,
  nowSeconds: number,
): Promise<Map<string, string[]>> {
  const entries = await Promise.all(
    chosen.map(async (one): Promise<[string, string[]]> => [one.queryId, [await signOne(one, binding, nowSeconds)]]),
  );
  return new Map(entries);
}

async function signOne({ queryId, candidate }: Chosen, binding: AnswerBinding, nowSeconds: number): Promise<string> {
  const { held } = candidate;
  const sign = createWebSigner(held.copy.privateKey);
  if (candidate.format === 'mso_mdoc') {
    if (!('mdoc' in held)) throw new TypeError('an mdoc answer comes of an mdoc');
    const prepared = prepareDeviceResponse({
      issuerSigned: held.mdoc,
      disclose: candidate.disclose,
      sessionTranscript: binding.sessionTranscript,
    });
    return encodeBase64url(assembleDeviceResponse(prepared, await sign(prepared.toBeSigned)));
  }
  const { presentation } = candidate;
  const prepared = prepareKeyBinding({
    presentation,
    nonce: binding.nonce,
    audience: binding.audience,
    issuedAtSeconds: nowSeconds,
    digestText,
    extraClaims: transactionClaims(transactionsOf(binding.transactions, queryId), digestText),
  });
  return assembleKeyBinding(presentation, prepared, await sign(prepared.signingInput));
}
