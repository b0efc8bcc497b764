import type { JsonObject } from '../base64url/strict-json.js';
import { type DcqlQuery, parseDcqlQuery } from '../dcql/z-dcql-query.js';
import { parseNonce } from './authorization-request.js';
import { parseClientId } from './client-id.js';
import { type ClientMetadata, parseClientMetadata } from './client-metadata.js';
import { AuthorizationRequestError } from './errors.js';
import { parseTransactionData } from './transaction-data.js';

/** Protocol names of the Digital Credentials API (OpenID4VP 1.0 Appendix A.1). */
export const DC_API_SIGNED = 'openid4vp-v1-signed';
export const DC_API_UNSIGNED = 'openid4vp-v1-unsigned';
export const DC_API_RESPONSE_MODES = ['dc_api.jwt', 'dc_api'] as const;
export type DcApiResponseMode = (typeof DC_API_RESPONSE_MODES)[number];

/** A request over the Digital Credentials API (Appendix A.2); `client_id` and `expected_origins` with a signature only. */
export type DcApiRequest = {
  readonly response_type: 'vp_token';
  readonly response_mode: DcApiResponseMode;
  readonly nonce: string;
  readonly dcql_query: DcqlQuery;
  readonly client_metadata?: ClientMetadata;
  readonly transaction_data?: readonly string[];
  readonly client_id?: string;
  readonly expected_origins?: readonly string[];
};

/** What goes into the KB-JWT's `aud`, signed or not (Appendix A.4). */
export const dcApiAudience = (origin: string): string => `origin:${origin}`;

/**
 * Reads a request as a wallet that got it from a page at `origin` has to (Appendix A.2): without a signature a
 * `client_id` says nothing and is dropped; with one, `expected_origins` is there and holds the origin, compared as text.
 * Signature and certificate are the caller's.
 *
 * @throws AuthorizationRequestError, DcqlQueryError
 */
export function parseDcApiRequest(
  payload: JsonObject,
  call: { readonly origin: string; readonly signed: boolean },
): DcApiRequest {
  const { response_type: type, response_mode: mode, response_uri: responseUri, redirect_uri: redirectUri } = payload;
  if (type !== 'vp_token') throw new AuthorizationRequestError('response-type-not-supported', 'only vp_token');
  const responseMode = DC_API_RESPONSE_MODES.find((known) => known === mode);
  if (responseMode === undefined)
    throw new AuthorizationRequestError('response-mode-not-supported', 'only dc_api and dc_api.jwt');
  if (responseUri !== undefined || redirectUri !== undefined)
    throw new AuthorizationRequestError('request-malformed', 'an answer over the API goes to no address');
  const query = parseDcqlQuery(payload.dcql_query);
  const encrypted = responseMode === 'dc_api.jwt';
  if (encrypted && payload.client_metadata === undefined)
    throw new AuthorizationRequestError('encryption-key-missing', 'there is no client_metadata');
  const { transaction_data: transactions } = payload;
  return {
    response_type: type,
    response_mode: responseMode,
    nonce: parseNonce(payload.nonce),
    dcql_query: query,
    ...(payload.client_metadata === undefined
      ? {}
      : { client_metadata: parseClientMetadata(payload.client_metadata, encrypted) }),
    ...(transactions === undefined
      ? {}
      : { transaction_data: parseTransactionData(transactions, query).map(({ encoded }) => encoded) }),
    ...(call.signed ? senderOf(payload, call.origin) : {}),
  };
}

function senderOf(payload: JsonObject, origin: string): Pick<DcApiRequest, 'client_id' | 'expected_origins'> {
  const { client_id: clientId, expected_origins: origins } = payload;
  if (typeof clientId !== 'string') throw new AuthorizationRequestError('client-id-malformed', 'there is no client_id');
  parseClientId(clientId);
  if (!Array.isArray(origins) || !origins.every((one) => typeof one === 'string'))
    throw new AuthorizationRequestError('request-malformed', 'expected_origins is an array of texts');
  if (!origins.includes(origin))
    throw new AuthorizationRequestError('origin-not-expected', 'another page brought this request');
  return { client_id: clientId, expected_origins: origins };
}
