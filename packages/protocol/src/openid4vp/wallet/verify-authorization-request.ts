import type { JsonObject } from '../../base64url/strict-json.js';
import type { HashPort } from '../../crypto/port.js';
import type { DcqlQuery } from '../../dcql/z-dcql-query.js';
import { JwsError } from '../../jws/errors.js';
import { jwsJsonPayload, type ParsedJws, parseJws } from '../../jws/parse-jws.js';
import type {
  certificateHasClientId,
  VerifiedCertificate,
  VerifyEs256,
  verifyCertificateChainAsync,
} from '../../x509/index.js';
import { type AuthorizationRequest, parseAuthorizationRequest, REQUEST_OBJECT_TYP } from '../authorization-request.js';
import { parseClientId } from '../client-id.js';
import type { ResponseEncryptionJwk, ResponseEncValue } from '../client-metadata.js';
import { AuthorizationRequestError } from '../errors.js';
import { parseTransactionData, type ReceivedTransactionData, type TransactionType } from '../transaction-data.js';
import { decodeX5c } from './decode-x5c.js';
import { type DistinguishedName, readDistinguishedName } from './distinguished-name.js';
import { RequestRefusal } from './errors.js';
import { type RequestPurpose, readRequestPurpose } from './request-purpose.js';

declare const verified: unique symbol;

/** The verifier's key for the answer (OpenID4VP 1.0 §8.3) and the content encryption chosen of those it offers. */
export type EncryptionKey = { readonly jwk: ResponseEncryptionJwk; readonly enc: ResponseEncValue };

/** Who asks, as its certificate says, and who issued that certificate. */
export type Reader = {
  readonly host: string;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
};

/** A request whose asker was proved. Made only by {@link verifyAuthorizationRequest}. */
export type VerifiedRequest = {
  /** The full identifier, prefix included: the KB-JWT's `aud`. */
  readonly clientId: string;
  readonly responseUri: string;
  readonly nonce: string;
  readonly state: string | undefined;
  readonly query: DcqlQuery;
  /** Undefined for `direct_post`. */
  readonly encryptionKey: EncryptionKey | undefined;
  /** Unix seconds. */
  readonly expiresAtSeconds: number | undefined;
  readonly purpose: RequestPurpose | undefined;
  /** What the holder authorises with this answer; each is shown to him in full before. */
  readonly transactions: readonly ReceivedTransactionData[];
  readonly reader: Reader;
  readonly [verified]: true;
};

/** `@lanyard/protocol/x509`, passed in so that certificates are loaded only where somebody asks. */
export type CertificateTools = {
  readonly verifyCertificateChainAsync: typeof verifyCertificateChainAsync;
  readonly certificateHasClientId: typeof certificateHasClientId;
};

export type VerifyRequestOptions = {
  /** The request object as fetched from `requestUri`. */
  readonly jwt: string;
  /** Both as in the link. */
  readonly clientId: string;
  readonly requestUri: string;
  /** DER of the reader roots the wallet has pinned. */
  readonly anchors: readonly Uint8Array[];
  readonly atSeconds: number;
  readonly sha256: HashPort['sha256'];
  readonly verifyEs256: VerifyEs256;
  readonly certificates: CertificateTools;
  /** What was sent with the request for the object, where it was fetched by POST. */
  readonly walletNonce?: string;
  /** Types of transaction data the caller shows to the holder; none, where absent. */
  readonly transactionTypes?: readonly TransactionType[];
};

/** How far the clocks of wallet and verifier may differ. */
const TOLERANCE_SECONDS = 60;

/**
 * Proves who sent a request object and that it is meant for this wallet and this link (OpenID4VP 1.0 §5, §5.8, §5.9.3,
 * §14.10; RFC 9101 §4): typ, ES256, chain to a pinned anchor, the same full `client_id` in link and object, the
 * certificate's name or hash, an answer that goes to where the request came from, audience, a nonce of 128 bits (the
 * parser's) and time. Proves nothing about whether the asker should know what it asks: that is the holder's to say.
 *
 * @throws RequestRefusal; X509Error for the chain; AuthorizationRequestError, DcqlQueryError and JwsError for form,
 *   algorithm and signature.
 */
export async function verifyAuthorizationRequest(options: VerifyRequestOptions): Promise<VerifiedRequest> {
  const jws = parseJws(options.jwt);
  if (jws.header['typ'] !== REQUEST_OBJECT_TYP) throw new JwsError('jws-typ-wrong', 'this is no request object');
  const certificate = await verifySender(jws, options);
  const payload = jwsJsonPayload(jws);
  const request = parseOrRefuse(payload, (parsed) => requireSender(parsed, options, certificate));
  const transactions = transactionsToShow(request, options.transactionTypes ?? []);
  return {
    clientId: request.client_id,
    responseUri: request.response_uri,
    nonce: request.nonce,
    state: request.state,
    query: request.dcql_query,
    encryptionKey: encryptionKeyOf(request),
    expiresAtSeconds: request.exp,
    purpose: readRequestPurpose(payload),
    transactions,
    reader: {
      host: new URL(request.response_uri).host,
      subject: readDistinguishedName(certificate.subject),
      issuer: readDistinguishedName(certificate.issuer),
    },
  } as VerifiedRequest;
}

/**
 * §8.4: transaction data that cannot be shown refuses the request. Whoever asked is told so, once it is known that he did.
 * @throws AuthorizationRequestError `transaction-data-not-supported` with its answer
 */
function parseOrRefuse(
  payload: JsonObject,
  requireProved: (request: AuthorizationRequest) => void,
): AuthorizationRequest {
  try {
    const request = parseAuthorizationRequest(payload);
    requireProved(request);
    return request;
  } catch (error) {
    if (!(error instanceof AuthorizationRequestError) || error.code !== 'transaction-data-not-supported') throw error;
    const { transaction_data: _, ...others } = payload;
    const request = parseAuthorizationRequest(others);
    requireProved(request);
    throw transactionRefusal(request, error);
  }
}

function requireSender(
  request: AuthorizationRequest,
  options: VerifyRequestOptions,
  certificate: VerifiedCertificate,
): void {
  requireClient(request, options, certificate);
  requireAddress(request, options.requestUri);
  requireTime(request, options.atSeconds);
  // §5.10: what was sent comes back inside the signature, or the object was made for somebody else.
  if (options.walletNonce !== undefined && request.wallet_nonce !== options.walletNonce)
    throw new RequestRefusal('wallet-nonce-wrong', 'the request was not made for this call');
}

function transactionsToShow(
  request: AuthorizationRequest,
  types: readonly TransactionType[],
): readonly ReceivedTransactionData[] {
  const { transaction_data: encoded } = request;
  if (encoded === undefined) return [];
  const transactions = parseTransactionData(encoded, request.dcql_query);
  if (transactions.every(({ data }) => types.includes(data.type))) return transactions;
  throw transactionRefusal(request, undefined);
}

function transactionRefusal(request: AuthorizationRequest, cause: unknown): AuthorizationRequestError {
  const { response_uri: responseUri, state } = request;
  const fields = { error: 'invalid_transaction_data', ...(state === undefined ? {} : { state }) };
  const code = 'transaction-data-not-supported';
  return new AuthorizationRequestError(code, 'this wallet cannot show it', { cause, answer: { responseUri, fields } });
}

async function verifySender(jws: ParsedJws, options: VerifyRequestOptions): Promise<VerifiedCertificate> {
  const { anchors, atSeconds, verifyEs256, certificates } = options;
  const { leaf, chain } = decodeX5c(jws.header['x5c']);
  const certificate = await certificates.verifyCertificateChainAsync({
    leaf,
    chain,
    anchors,
    atSeconds,
    usage: {},
    verifyEs256,
  });
  if (!(await verifyEs256(certificate.publicPoint, jws.signingInput, jws.signature))) {
    throw new JwsError('jws-signature-invalid', 'the signature does not verify');
  }
  return certificate;
}

/** §5.9.3: the certificate speaks for the whole identifier; a DNS name is also where the answer goes. */
function requireClient(
  request: AuthorizationRequest,
  { clientId, certificates, sha256 }: VerifyRequestOptions,
  certificate: VerifiedCertificate,
): void {
  if (request.client_id !== clientId) {
    throw new RequestRefusal('client-id-mismatch', 'link and request object name different clients');
  }
  const client = parseClientId(clientId);
  if (!certificates.certificateHasClientId(certificate, client, sha256)) {
    throw new RequestRefusal('client-id-not-in-certificate', 'the certificate belongs to another client');
  }
  const { hostname } = new URL(request.response_uri);
  if (client.prefix === 'x509_san_dns' && hostname !== client.value.toLowerCase()) {
    throw new RequestRefusal('response-uri-elsewhere', 'the answer would go to another host than the client');
  }
}

/** Our profile for both prefixes: the answer goes back to the origin the request came from. */
function requireAddress(request: AuthorizationRequest, requestUri: string): void {
  if (new URL(request.response_uri).origin !== new URL(requestUri).origin) {
    throw new RequestRefusal('response-uri-elsewhere', 'the answer would go to another origin than the request');
  }
}

function requireTime({ iat, exp }: AuthorizationRequest, atSeconds: number): void {
  if (exp !== undefined && exp <= atSeconds - TOLERANCE_SECONDS) {
    throw new RequestRefusal('request-expired', 'exp has passed');
  }
  if (iat !== undefined && iat > atSeconds + TOLERANCE_SECONDS) {
    throw new RequestRefusal('request-not-yet-valid', 'iat lies ahead');
  }
}

/** The strongest that is offered; form was checked by the parser. */
function encryptionKeyOf(request: AuthorizationRequest): EncryptionKey | undefined {
  if (request.response_mode !== 'direct_post.jwt') return undefined;
  const jwk = request.client_metadata?.jwks?.keys[0];
  const offered = request.client_metadata?.encrypted_response_enc_values_supported ?? [];
  if (jwk === undefined) throw new TypeError('a parsed request for an encrypted answer has a key');
  return { jwk, enc: offered.includes('A256GCM') ? 'A256GCM' : 'A128GCM' };
}
