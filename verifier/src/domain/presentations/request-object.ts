import {
  type AuthorizationRequest,
  type DcqlQuery,
  PURPOSE_MEMBER,
  RESPONSE_ENC_VALUES,
  type RequestPurpose,
  type ResponseEncryptionJwk,
  type ResponseMode,
  STATIC_WALLET_AUDIENCE,
} from '@lanyard/protocol';

/** What a request object is made of; the key is there exactly with `direct_post.jwt`. */
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
  issuedAtSeconds: number;
  expiresAtSeconds: number;
}

/** The payload of a request object (OpenID4VP 1.0 §5). */
export function requestObject(parts: RequestObjectParts): AuthorizationRequest & { [PURPOSE_MEMBER]?: RequestPurpose } {
  const { encryptionKey } = parts;
  return {
    client_id: parts.clientId,
    aud: STATIC_WALLET_AUDIENCE,
    response_type: 'vp_token',
    response_mode: parts.responseMode,
    response_uri: parts.responseUri,
    nonce: parts.nonce,
    state: parts.state,
    dcql_query: parts.query,
    ...(parts.purposeText === undefined ? {} : { [PURPOSE_MEMBER]: parts.purposeText }),
    client_metadata: {
      client_name: parts.clientName,
      vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] } },
      ...(encryptionKey === undefined
        ? {}
        : { jwks: { keys: [encryptionKey] }, encrypted_response_enc_values_supported: RESPONSE_ENC_VALUES }),
    },
    iat: parts.issuedAtSeconds,
    exp: parts.expiresAtSeconds,
  };
}

/** The address a wallet is called with (OpenID4VP 1.0 §5.10, RFC 9101 §5.2): `base` is a scheme or a wallet's page. */
export function requestLink(base: string, clientId: string, requestUri: string): string {
  return `${base}?client_id=${encodeURIComponent(clientId)}&request_uri=${encodeURIComponent(requestUri)}`;
}

/** The return address with the response code among its parameters (OpenID4VP 1.0 §8.2). */
export function withResponseCode(returnUrl: string, responseCode: string): string {
  const url = new URL(returnUrl);
  url.searchParams.set('response_code', responseCode);
  return url.toString();
}
