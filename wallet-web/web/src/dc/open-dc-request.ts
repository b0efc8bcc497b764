import {
  AuthorizationRequestError,
  DC_API_SIGNED,
  DC_API_UNSIGNED,
  type DcApiRequest,
  dcApiAudience,
  decodeX5c,
  type EncryptionKey,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  JwsError,
  jwsJsonPayload,
  p256JwkThumbprintBytes,
  parseClientId,
  parseDcApiRequest,
  parseJws,
  parseTransactionData,
  REQUEST_OBJECT_TYP,
  RequestRefusal,
  readDistinguishedName,
  readRequestPurpose,
} from '@lanyard/protocol';
import { dcApiSessionTranscript } from '@lanyard/protocol/mdoc';
import { webHashes } from '@lanyard/protocol/web-crypto';
import { certificateHasClientId, webVerifyEs256 } from '@lanyard/protocol/x509';
import type { WalletContext } from '../app/page.js';
import { ConsentProblem, problemOf } from '../consent/consent-problem.js';
import { findAnswers, type OpenedRequest } from '../consent/open-request.js';
import { withAnchors } from '../consent/prove-asker.js';
import { type Asker, askerOf } from '../consent/reader-name.js';
import type { AnswerBinding } from '../consent/sign-presentations.js';
import { safeUrl } from '../issuer/refusal.js';

/** One request of `navigator.credentials.get({digital})` and the page that made it, as a browser vouches for it. */
export interface DcCall {
  readonly protocol: string;
  readonly data: JsonValue;
  readonly origin: string;
}

/** A request over the Digital Credentials API: its answer goes back to the calling page and nowhere else. */
export interface DcRequest extends OpenedRequest {
  readonly protocol: string;
  readonly binding: AnswerBinding;
  readonly encryptionKey: EncryptionKey | undefined;
}

interface Proved {
  readonly asker: Asker;
  readonly payload: JsonObject;
}

const MAX_CHARACTERS = 65_536;
const TOLERANCE_SECONDS = 60;

/**
 * Reads a request over the Digital Credentials API (OpenID4VP 1.0 Appendix A). Signed: chain, signature, client and
 * `expected_origins` are checked. Unsigned: nothing is known of the asker but the origin that the browser names. The
 * answer is bound to that origin in both formats.
 * @throws ConsentProblem
 */
export async function openDcRequest(wallet: WalletContext, call: DcCall): Promise<DcRequest> {
  try {
    const origin = originOf(call.origin);
    const signed = call.protocol === DC_API_SIGNED;
    if (!signed && call.protocol !== DC_API_UNSIGNED) throw new ConsentProblem('not-supported', 'protocol');
    if (JSON.stringify(call.data).length > MAX_CHARACTERS) throw new ConsentProblem('forged', 'request-too-large');
    const { asker, payload } = signed ? await proveSigned(wallet, call.data, origin) : unsigned(call.data, origin);
    const request = parseDcApiRequest(payload, { origin: origin.origin, signed });
    const encryptionKey = encryptionKeyOf(request);
    const transactions =
      request.transaction_data === undefined ? [] : parseTransactionData(request.transaction_data, request.dcql_query);
    return {
      protocol: call.protocol,
      asker,
      transactions,
      purpose: readRequestPurpose(payload),
      expiresAtSeconds: expiryOf(payload, wallet.clock.nowSeconds()),
      encryptionKey,
      binding: bindingOf(request, origin.origin, encryptionKey, transactions),
      ...(await findAnswers(wallet, request.dcql_query)),
    };
  } catch (error) {
    throw problemOf(error);
  }
}

/** An origin as browsers write it, https or this very device. */
function originOf(text: string): URL {
  const url = safeUrl(text);
  if (url === undefined || url.origin !== text) throw new ConsentProblem('origin', 'origin-malformed');
  return url;
}

function unsigned(data: JsonValue, origin: URL): Proved {
  if (!isJsonObject(data)) throw new AuthorizationRequestError('request-malformed', 'a request is an object');
  return { asker: { name: origin.host, host: origin.host, certifiedBy: undefined }, payload: data };
}

async function proveSigned(wallet: WalletContext, data: JsonValue, origin: URL): Promise<Proved> {
  const jwt = isJsonObject(data) ? data['request'] : undefined;
  if (typeof jwt !== 'string') throw new AuthorizationRequestError('request-malformed', 'there is no request object');
  const jws = parseJws(jwt);
  if (jws.header['typ'] !== REQUEST_OBJECT_TYP) throw new JwsError('jws-typ-wrong', 'this is no request object');
  const { leaf, chain } = decodeX5c(jws.header['x5c']);
  const atSeconds = wallet.clock.nowSeconds();
  const { value: certificate, known } = await withAnchors(wallet, (anchors, verifyChain) =>
    verifyChain({ leaf, chain, anchors, atSeconds, usage: {}, verifyEs256: webVerifyEs256 }),
  );
  if (!(await webVerifyEs256(certificate.publicPoint, jws.signingInput, jws.signature)))
    throw new JwsError('jws-signature-invalid', 'the signature does not verify');
  const payload = jwsJsonPayload(jws);
  const client = parseClientId(String(payload['client_id']));
  if (!certificateHasClientId(certificate, client, webHashes.sha256))
    throw new RequestRefusal('client-id-not-in-certificate', 'the certificate belongs to another client');
  const reader = {
    host: origin.host,
    subject: readDistinguishedName(certificate.subject),
    issuer: readDistinguishedName(certificate.issuer),
  };
  return { asker: askerOf(reader, known), payload };
}

/** Undefined where the request names no end. @throws RequestRefusal */
function expiryOf({ exp, iat }: JsonObject, nowSeconds: number): number | undefined {
  if (typeof iat === 'number' && iat > nowSeconds + TOLERANCE_SECONDS)
    throw new RequestRefusal('request-not-yet-valid', 'iat lies ahead');
  if (exp === undefined) return undefined;
  if (typeof exp !== 'number' || exp <= nowSeconds - TOLERANCE_SECONDS)
    throw new RequestRefusal('request-expired', 'exp has passed');
  return exp;
}

function encryptionKeyOf({ response_mode: mode, client_metadata: metadata }: DcApiRequest): EncryptionKey | undefined {
  if (mode !== 'dc_api.jwt') return undefined;
  const [jwk] = metadata?.jwks?.keys ?? [];
  if (jwk === undefined) throw new AuthorizationRequestError('encryption-key-missing', 'there is no key');
  const offered = metadata?.encrypted_response_enc_values_supported ?? [];
  return { jwk, enc: offered.includes('A256GCM') ? 'A256GCM' : 'A128GCM' };
}

/** Appendix A.4 and B.2.6.2: the origin stands in the audience with its prefix, in the transcript without. */
function bindingOf(
  { nonce }: DcApiRequest,
  origin: string,
  key: EncryptionKey | undefined,
  transactions: AnswerBinding['transactions'],
): AnswerBinding {
  const jwkThumbprint = key === undefined ? undefined : p256JwkThumbprintBytes(key.jwk, webHashes.sha256);
  const sessionTranscript = dcApiSessionTranscript({ origin, nonce, jwkThumbprint }, webHashes.sha256);
  return { nonce, audience: dcApiAudience(origin), sessionTranscript, transactions };
}
