import { type KeyBindingTarget, signPresentation } from '@lanyard/protocol';
import type { SessionTranscript } from '@lanyard/protocol/mdoc';
import { signMdocPresentation } from '@lanyard/protocol/mdoc';
import { createWebSigner } from '@lanyard/protocol/web-crypto';
import type { Chosen } from './choices.js';
import { digestText } from './held-copies.js';

/** What ties an answer to one request, in both formats. Made only of a request that was checked. */
export interface AnswerBinding extends KeyBindingTarget {
  readonly sessionTranscript: SessionTranscript;
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

function signOne({ queryId, candidate }: Chosen, binding: AnswerBinding, nowSeconds: number): Promise<string> {
  const { held } = candidate;
  const sign = createWebSigner(held.copy.privateKey);
  if (candidate.format !== 'mso_mdoc') {
    const { presentation } = candidate;
    return signPresentation(binding, { presentation, queryId }, { sign, digestText, nowSeconds });
  }
  if (!('mdoc' in held)) throw new TypeError('an mdoc answer comes of an mdoc');
  return signMdocPresentation(binding.sessionTranscript, { held, disclose: candidate.disclose }, sign);
}
