import type { SignAsync } from '../../crypto/port.js';
import type { DigestText } from '../../sd-jwt/digest-text.js';
import { assembleKeyBinding, prepareKeyBinding } from '../../sd-jwt/present-sd-jwt.js';
import { type ReceivedTransactionData, transactionClaims, transactionsOf } from '../transaction-data.js';
import type { VerifiedRequest } from './verify-authorization-request.js';

/** What the holder adds. `sign` uses the key the credential is bound to; the time is Unix seconds. */
export type HolderTools = {
  readonly sign: SignAsync;
  readonly digestText: DigestText;
  readonly nowSeconds: number;
};

/** What a KB-JWT is bound to: a request that was checked, over a redirect or the Digital Credentials API. */
export interface KeyBindingTarget {
  readonly nonce: string;
  /** `aud`: the full client identifier, or `origin:` and the origin (OpenID4VP 1.0 §14.10, Appendix A.4). */
  readonly audience: string;
  readonly transactions: readonly ReceivedTransactionData[];
}

/**
 * A presentation with its KB-JWT (RFC 9901 §4.3, OpenID4VP 1.0 B.3.6): nonce as asked, `sd_hash` over exactly these
 * disclosures, and the hashes of the transactions that the credential query `queryId` authorises (B.3.3.1). The caller
 * stores that the copy was used before it sends the result.
 *
 * @throws TypeError where there are transactions and no `queryId` says which are meant
 */
export async function signPresentation(
  target: KeyBindingTarget,
  chosen: { readonly presentation: string; readonly queryId?: string },
  tools: HolderTools,
): Promise<string> {
  const { queryId } = chosen;
  if (target.transactions.length > 0 && queryId === undefined) throw new TypeError('which query is answered?');
  const transactions = queryId === undefined ? [] : transactionsOf(target.transactions, queryId);
  const prepared = prepareKeyBinding({
    presentation: chosen.presentation,
    nonce: target.nonce,
    audience: target.audience,
    issuedAtSeconds: tools.nowSeconds,
    digestText: tools.digestText,
    extraClaims: transactionClaims(transactions, tools.digestText),
  });
  return assembleKeyBinding(chosen.presentation, prepared, await tools.sign(prepared.signingInput));
}

/** {@link signPresentation} for a redirect: takes only a request whose asker was proved. */
export function createPresentation(
  request: VerifiedRequest,
  chosen: { readonly presentation: string; readonly queryId?: string },
  tools: HolderTools,
): Promise<string> {
  const { nonce, clientId, transactions } = request;
  return signPresentation({ nonce, audience: clientId, transactions }, chosen, tools);
}
