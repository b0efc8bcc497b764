import {
  type DcqlCredentialQuery,
  type DcqlQuery,
  digestTextWith,
  type JsonObject,
  parseTransactionData,
  type ReceivedTransactionData,
  transactionClaims,
  transactionsOf,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';

const digestText = digestTextWith(nodeCrypto.sha256);

/** What was sent, read back; the texts are ours and were checked before they went out. */
export function sentTransactions(
  encoded: readonly string[] | undefined,
  query: DcqlQuery,
): readonly ReceivedTransactionData[] {
  return encoded === undefined ? [] : parseTransactionData([...encoded], query);
}

/**
 * Whether the holder of this credential signed exactly the transactions it was asked to authorise (OpenID4VP 1.0 §8.4,
 * B.3.3.1): each hash over the text as sent, no further one, and the algorithm named. Without any: none at all.
 */
export function confirmsTransactions(
  keyBinding: JsonObject,
  query: DcqlCredentialQuery,
  transactions: readonly ReceivedTransactionData[],
): boolean {
  const { transaction_data_hashes: wanted = [], transaction_data_hashes_alg: algorithm } = transactionClaims(
    transactionsOf(transactions, query.id),
    digestText,
  );
  const { transaction_data_hashes: signed, transaction_data_hashes_alg: named } = keyBinding;
  if (wanted.length === 0) return signed === undefined;
  if (!Array.isArray(signed) || signed.length !== wanted.length) return false;
  return named === algorithm && wanted.every((hash) => signed.includes(hash));
}

/** Whether a transaction is left that no accepted credential authorised. */
export function unconfirmed(transactions: readonly ReceivedTransactionData[], accepted: ReadonlySet<string>): boolean {
  return transactions.some(({ data }) => !data.credential_ids.some((id) => accepted.has(id)));
}
