import { Refusal } from '@lanyard/platform';
import {
  AuthorizationRequestError,
  type ClientIdPrefix,
  type DcApiResponseMode,
  type DcqlQuery,
  encodeTransactionData,
  parseTransactionData,
  type ResponseMode,
} from '@lanyard/protocol';
import { queryOfPurpose } from '../domain/presentations/purpose-query.js';
import { findPurpose, type Purpose } from '../domain/verifications/purposes.js';
import { checkedQuery, withRetention } from './checked-query.js';
import type { PresentationRequestBody } from './presentation-request-body.js';

/** A request whose options go together, before anything is made for it. */
export interface RequestPlan {
  purpose: Purpose | undefined;
  query: DcqlQuery;
  transactions: readonly string[] | undefined;
  responseMode: ResponseMode | DcApiResponseMode;
  clientIdPrefix: ClientIdPrefix;
  requestUriMethod: 'get' | 'post';
  returnUrl: string | undefined;
  origin: string | undefined;
}

const ENCRYPTED = ['direct_post.jwt', 'dc_api.jwt'];
export const isEncrypted = (mode: string): boolean => ENCRYPTED.includes(mode);

/**
 * Checks a request as a whole.
 * @throws Refusal `options-conflict`, `dcql-query-invalid`, `purpose-unknown`, `transaction-data-invalid`,
 *   `return-url-required`, `return-url-not-allowed`, `origin-not-ours`
 */
export function planRequest(body: PresentationRequestBody, ownOrigins: ReadonlySet<string>): RequestPlan {
  const { flow, profile } = body;
  const overApi = flow === 'dc-api';
  const responseMode = body.response_mode ?? (overApi ? 'dc_api.jwt' : 'direct_post.jwt');
  const clientIdPrefix = body.client_id_prefix ?? (profile === 'haip' || overApi ? 'x509_hash' : 'x509_san_dns');
  requireNoConflict(responseMode.startsWith('dc_api') === overApi, 'response_mode does not go with flow');
  if (overApi) {
    const redirects = body.return_url ?? body.request_uri_method;
    requireNoConflict(redirects === undefined, 'return_url and request_uri_method do not go with dc-api');
  }
  requireNoConflict(overApi || body.origin === undefined, 'origin goes with dc-api');
  requireNoConflict(flow === 'same-device' || body.session === undefined, 'session goes with same-device');
  if (profile === 'haip') {
    // HAIP 1.0 §5: answers are encrypted, and a verifier is known by its certificate alone.
    requireNoConflict(isEncrypted(responseMode), 'haip: only encrypted response modes');
    requireNoConflict(clientIdPrefix === 'x509_hash', 'haip: only x509_hash');
  }
  const purpose = body.purpose === undefined ? undefined : purposeOf(body.purpose);
  const asked = purpose === undefined ? checkedQuery(body.dcql_query) : queryOfPurpose(purpose);
  const query = withRetention(asked, purpose?.evidence_days !== undefined);
  if (overApi && query.credentials.some((one) => one.require_cryptographic_holder_binding === false))
    // §5.3: without a holder only `state` ties an answer to its request, and this flow has none.
    throw new Refusal('dcql-query-invalid', { detail: 'over the API every credential is bound to its holder' });
  return {
    purpose,
    query,
    transactions: transactionsOf(body, query),
    responseMode,
    clientIdPrefix,
    requestUriMethod: body.request_uri_method ?? 'get',
    returnUrl: checkReturnUrl(body.return_url, flow, ownOrigins),
    origin: overApi ? checkOrigin(body.origin, ownOrigins) : undefined,
  };
}

function requireNoConflict(holds: boolean, detail: string): void {
  if (!holds) throw new Refusal('options-conflict', { detail });
}

function purposeOf(id: string): Purpose {
  const purpose = findPurpose(id);
  if (purpose === undefined) throw new Refusal('purpose-unknown');
  return purpose;
}

/** Encoded once: what is kept is what is signed and what is hashed. */
function transactionsOf(body: PresentationRequestBody, query: DcqlQuery): readonly string[] | undefined {
  if (body.transaction_data === undefined) return undefined;
  const encoded = body.transaction_data.map((one) =>
    encodeTransactionData({ ...one, transaction_data_hashes_alg: ['sha-256'] }),
  );
  try {
    parseTransactionData(encoded, query);
    return encoded;
  } catch (cause) {
    if (!(cause instanceof AuthorizationRequestError)) throw cause;
    throw new Refusal('transaction-data-invalid', { detail: cause.message, cause });
  }
}

function checkReturnUrl(
  text: string | undefined,
  flow: PresentationRequestBody['flow'],
  origins: ReadonlySet<string>,
): string | undefined {
  if (text === undefined) {
    if (flow === 'same-device') throw new Refusal('return-url-required');
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.username === '' && url.password === '' && url.hash === '';
  if (url === undefined || !plain || !origins.has(url.origin)) throw new Refusal('return-url-not-allowed');
  return url.toString();
}

/** As the browser writes it: compared as text, here and in the wallet. */
function checkOrigin(origin: string | undefined, origins: ReadonlySet<string>): string {
  if (origin === undefined || !origins.has(origin)) throw new Refusal('origin-not-ours');
  return origin;
}
