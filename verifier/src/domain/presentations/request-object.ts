import {
  type AuthorizationRequest,
  type ClientMetadata,
  type DcApiRequest,
  type DcApiResponseMode,
  type DcqlQuery,
  MDOC_ALG_VALUES,
  PURPOSE_MEMBER,
  RESPONSE_ENC_VALUES,
  type RequestPurpose,
  type ResponseEncryptionJwk,
  type ResponseMode,
  STATIC_WALLET_AUDIENCE,
} from '@lanyard/protocol';

/** What a request object is made of; the key is there exactly with an encrypted response mode. */
export interface RequestObjectParts {
  clientId: string;
  clientName: string;
  /** In the asker's words; DCQL has no place for it. */
  purposeText: RequestPurpose | undefined;
  responseUri: string;
  responseMode: ResponseMode;
  nonce: string;
  state: string;
  query: DcqlQuery;
  encryptionKey: ResponseEncryptionJwk | undefined;
  /** base64url as kept: signed as it is. */
  transactions: readonly string[] | undefined;
  /** What the wallet sent with its POST (§5.10). */
  walletNonce: string | undefined;
  issuedAtSeconds: number;
  expiresAtSeconds: number;
}

type WithPurpose = { [PURPOSE_MEMBER]?: RequestPurpose };

/** The payload of a request object (OpenID4VP 1.0 §5). */
export function requestObject(parts: RequestObjectParts): AuthorizationRequest & WithPurpose {
  return {
    client_id: parts.clientId,
    aud: STATIC_WALLET_AUDIENCE,
    response_type: 'vp_token',
    response_mode: parts.responseMode,
    response_uri: parts.responseUri,
    nonce: parts.nonce,
    state: parts.state,
    dcql_query: parts.query,
    ...purposeOf(parts),
    ...transactionsOf(parts),
    client_metadata: clientMetadata(parts),
    ...(parts.walletNonce === undefined ? {} : { wallet_nonce: parts.walletNonce }),
    iat: parts.issuedAtSeconds,
    exp: parts.expiresAtSeconds,
  };
}

export type DcApiRequestParts = Pick<
  RequestObjectParts,
  'clientId' | 'clientName' | 'purposeText' | 'nonce' | 'query' | 'encryptionKey' | 'transactions'
> & { responseMode: DcApiResponseMode; origin: string };

/**
 * The request over the Digital Credentials API (Appendix A.2). Unsigned it names no client; signed it names the one page
 * that may bring it. There is no response_uri and no state: the API itself brings the answer back.
 */
export function dcApiRequestObject(parts: DcApiRequestParts, form: 'signed' | 'unsigned'): DcApiRequest & WithPurpose {
  return {
    response_type: 'vp_token',
    response_mode: parts.responseMode,
    nonce: parts.nonce,
    dcql_query: parts.query,
    ...purposeOf(parts),
    ...transactionsOf(parts),
    client_metadata: clientMetadata(parts),
    ...(form === 'signed' ? { client_id: parts.clientId, expected_origins: [parts.origin] } : {}),
  };
}

const purposeOf = ({ purposeText }: Pick<RequestObjectParts, 'purposeText'>): WithPurpose =>
  purposeText === undefined ? {} : { [PURPOSE_MEMBER]: purposeText };

const transactionsOf = ({ transactions }: Pick<RequestObjectParts, 'transactions'>) =>
  transactions === undefined ? {} : { transaction_data: transactions };

/** Names the formats that are asked for and no others. */
function clientMetadata(parts: Pick<RequestObjectParts, 'clientName' | 'query' | 'encryptionKey'>): ClientMetadata {
  const formats = new Set(parts.query.credentials.map(({ format }) => format));
  const { encryptionKey } = parts;
  return {
    client_name: parts.clientName,
    vp_formats_supported: {
      ...(formats.has('mso_mdoc')
        ? { mso_mdoc: { issuerauth_alg_values: MDOC_ALG_VALUES, deviceauth_alg_values: MDOC_ALG_VALUES } }
        : {}),
      ...(formats.has('mso_mdoc') && formats.size === 1
        ? {}
        : { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] } }),
    },
    ...(encryptionKey === undefined
      ? {}
      : { jwks: { keys: [encryptionKey] }, encrypted_response_enc_values_supported: RESPONSE_ENC_VALUES }),
  };
}

/** The address a wallet is called with (OpenID4VP 1.0 §5.10, RFC 9101 §5.2): `base` is a scheme or a wallet's page. */
export function requestLink(
  base: string,
  clientId: string,
  requestUri: string,
  method: 'get' | 'post' = 'get',
): string {
  const link = `${base}?client_id=${encodeURIComponent(clientId)}&request_uri=${encodeURIComponent(requestUri)}`;
  // `get` is what its absence means (§5.10).
  return method === 'get' ? link : `${link}&request_uri_method=post`;
}

/** The return address with the response code among its parameters (OpenID4VP 1.0 §8.2). */
export function withResponseCode(returnUrl: string, responseCode: string): string {
  const url = new URL(returnUrl);
  url.searchParams.set('response_code', responseCode);
  return url.toString();
}
