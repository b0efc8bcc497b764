import type { SignAsync } from '../../crypto/port.js';
import type { DigestText } from '../../sd-jwt/digest-text.js';
import { assembleKeyBinding, prepareKeyBinding } from '../../sd-jwt/present-sd-jwt.js';
import { transactionClaims, transactionsOf } from '../transaction-data.js';
import type { VerifiedRequest } from './verify-authorization-request.js';

/** What the holder adds. `sign` uses the key the credential is bound to; the time is Unix seconds. */
export type HolderTools = {
  readonly sign: SignAsync;
  readonly digestText: DigestText;
  readonly nowSeconds: number;
};

/**
 * A presentation with its KB-JWT (RFC 9901 §4.3, OpenID4VP 1.0 B.3.6): nonce as asked, `aud` the full client
 * identifier with its prefix (§14.10), `sd_hash` over exactly these disclosures, and the hashes of the transactions that
 * the credential query `queryId` authorises (B.3.3.1). Takes only a request whose asker was proved. The caller stores
 * that the copy was used before it sends the result.
 *
 * @throws TypeError where there are transactions and no `queryId` says which are meant
 */
export async function createPresentation(
  request: VerifiedRequest,
  chosen: { readonly presentation: string; readonly queryId?: string },
  tools: HolderTools,
): Promise<string> {
  const { queryId } = chosen;
  if (request.transactions.length > 0 && queryId === undefined) throw new TypeError('which query is answered?');
  const transactions = queryId === undefined ? [] : transactionsOf(request.transactions, queryId);
  const prepared = prepareKeyBinding({
    presentation: chosen.presentation,
    nonce: request.nonce,
    audience: request.clientId,
    issuedAtSeconds: tools.nowSeconds,
    digestText: tools.digestText,
    extraClaims: transactionClaims(transactions, tools.digestText),
  });
  return assembleKeyBinding(chosen.presentation, prepared, await tools.sign(prepared.signingInput));
}
