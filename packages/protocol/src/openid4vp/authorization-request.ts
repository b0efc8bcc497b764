import type { JsonObject } from '../base64url/strict-json.js';
import { type DcqlQuery, parseDcqlQuery } from '../dcql/z-dcql-query.js';
import { parseClientId } from './client-id.js';
import { type ClientMetadata, parseClientMetadata } from './client-metadata.js';
import { AuthorizationRequestError } from './errors.js';
import { parseTransactionData } from './transaction-data.js';

/** `typ` of a request object (RFC 9101 §10.8). */
export const REQUEST_OBJECT_TYP = 'oauth-authz-req+jwt';
/** `aud` of a request object to a wallet whose metadata is static (OpenID4VP 1.0 §5.8). */
export const STATIC_WALLET_AUDIENCE = 'https://self-issued.me/v2';

export const RESPONSE_MODES = ['direct_post.jwt', 'direct_post'] as const;
export type ResponseMode = (typeof RESPONSE_MODES)[number];

/** Whether answers of this mode are posted to an address, and not brought back by a page. */
export function isRedirectMode(mode: string): mode is ResponseMode {
  return RESPONSE_MODES.some((known) => known === mode);
}

/** The payload of a request object (OpenID4VP 1.0 §5), in the form it has on the wire. Times are Unix seconds. */
export type AuthorizationRequest = {
  /** The full identifier, prefix included. */
  readonly client_id: string;
  readonly aud: typeof STATIC_WALLET_AUDIENCE;
  readonly response_type: 'vp_token';
  readonly response_mode: ResponseMode;
  readonly response_uri: string;
  readonly nonce: string;
  readonly state?: string;
  readonly dcql_query: DcqlQuery;
  readonly client_metadata?: ClientMetadata;
  /** base64url as sent (§5.1, §8.4). */
  readonly transaction_data?: readonly string[];
  /** What the wallet sent when it fetched this by POST (§5.10). */
  readonly wallet_nonce?: string;
  readonly iat?: number;
  readonly exp?: number;
};

/** §5.2: fresh and at least 128 bits; 22 characters of base64url hold 128. */
const NONCE = /^[A-Za-z0-9_.~-]{22,512}$/;
/** ASCII URL-safe (§5.3). */
const STATE = /^[A-Za-z0-9_.~-]{1,512}$/;

/**
 * Parses the payload of a request object. Proves form only: signature, certificate, whether `client_id` is the one of
 * the link and of the certificate, and `exp` are the caller's.
 *
 * @throws AuthorizationRequestError, DcqlQueryError
 */
export function parseAuthorizationRequest(payload: JsonObject): AuthorizationRequest {
  const { client_id: clientId, aud, response_type: type, response_mode: mode, nonce, state } = payload;
  if (typeof clientId !== 'string') throw new AuthorizationRequestError('client-id-malformed', 'there is no client_id');
  parseClientId(clientId);
  if (aud !== STATIC_WALLET_AUDIENCE) throw new AuthorizationRequestError('request-audience-wrong', 'another aud');
  if (type !== 'vp_token') throw new AuthorizationRequestError('response-type-not-supported', 'only vp_token');
  const responseMode = RESPONSE_MODES.find((known) => known === mode);
  if (responseMode === undefined)
    throw new AuthorizationRequestError('response-mode-not-supported', 'only direct_post and direct_post.jwt');
  if (state !== undefined && (typeof state !== 'string' || !STATE.test(state)))
    throw new AuthorizationRequestError('state-malformed', 'state is not URL-safe text');
  const checkedNonce = parseNonce(nonce);
  refuseWhatIsNotSupported(payload);
  const query = parseDcqlQuery(payload.dcql_query);
  // §5.3: without holder binding only `state` ties the answer to the request.
  if (state === undefined && query.credentials.some((one) => one.require_cryptographic_holder_binding === false))
    throw new AuthorizationRequestError('state-malformed', 'state is required without holder binding');
  const metadata = metadataOf(payload, responseMode);
  const { transaction_data: transactions, wallet_nonce: walletNonce } = payload;
  if (walletNonce !== undefined && typeof walletNonce !== 'string')
    throw new AuthorizationRequestError('request-malformed', 'wallet_nonce is a text');
  return {
    client_id: clientId,
    aud,
    response_type: type,
    response_mode: responseMode,
    response_uri: parseResponseUri(payload.response_uri),
    nonce: checkedNonce,
    ...(state === undefined ? {} : { state }),
    dcql_query: query,
    ...(metadata === undefined ? {} : { client_metadata: metadata }),
    ...(transactions === undefined
      ? {}
      : { transaction_data: parseTransactionData(transactions, query).map(({ encoded }) => encoded) }),
    ...(walletNonce === undefined ? {} : { wallet_nonce: walletNonce }),
    ...timeOf(payload, 'iat'),
    ...timeOf(payload, 'exp'),
  };
}

/** §5.2: fresh and at least 128 bits. @throws AuthorizationRequestError `nonce-malformed` */
export function parseNonce(nonce: unknown): string {
  if (typeof nonce !== 'string' || !NONCE.test(nonce))
    throw new AuthorizationRequestError('nonce-malformed', 'nonce is missing, short or not URL-safe');
  return nonce;
}

/** §8.2: with direct_post there is no redirect_uri. */
function refuseWhatIsNotSupported(payload: JsonObject): void {
  if (payload.redirect_uri !== undefined)
    throw new AuthorizationRequestError('request-malformed', 'redirect_uri beside response_uri');
  if (payload.scope !== undefined && payload.dcql_query !== undefined)
    throw new AuthorizationRequestError('request-malformed', 'scope beside dcql_query');
}

function metadataOf(payload: JsonObject, mode: ResponseMode): ClientMetadata | undefined {
  const encrypted = mode === 'direct_post.jwt';
  if (payload.client_metadata !== undefined) return parseClientMetadata(payload.client_metadata, encrypted);
  if (encrypted) throw new AuthorizationRequestError('encryption-key-missing', 'there is no client_metadata');
  return undefined;
}

/** An absolute https address, or http on a loopback host; no fragment, no credentials. */
function parseResponseUri(value: unknown): string {
  if (typeof value === 'string' && value.length <= 2_048 && URL.canParse(value)) {
    const url = new URL(value);
    const loopback = url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]';
    const secure = url.protocol === 'https:' || (url.protocol === 'http:' && loopback);
    if (secure && url.hash === '' && url.username === '' && url.password === '') return value;
  }
  throw new AuthorizationRequestError('response-uri-malformed', 'response_uri is no https address');
}

function timeOf<Name extends 'iat' | 'exp'>(payload: JsonObject, name: Name): { readonly [key in Name]?: number } {
  const value = payload[name];
  if (value === undefined) return {};
  if (typeof value !== 'number') throw new AuthorizationRequestError('request-malformed', `${name} is a number`);
  return { [name]: value } as { readonly [key in Name]: number };
}
