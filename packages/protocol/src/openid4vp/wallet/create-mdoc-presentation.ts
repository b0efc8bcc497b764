import { encodeBase64url } from '../../base64url/base64url.js';
import type { HashPort, SignAsync } from '../../crypto/port.js';
import { p256JwkThumbprintBytes } from '../../jws/p256-jwk.js';
import { assembleDeviceResponse, prepareDeviceResponse } from '../../mdoc/create-device-response.js';
import { openid4vpSessionTranscript, type SessionTranscript } from '../../mdoc/session-transcript.js';
import type { HeldMdoc, MdocAnswer } from './select-credentials.js';
import type { VerifiedRequest } from './verify-authorization-request.js';

/** The transcript of a request (OpenID4VP 1.0 B.2.6.1), with the thumbprint of the very key the answer goes under. */
export function sessionTranscriptOf(
  request: Pick<VerifiedRequest, 'clientId' | 'nonce' | 'responseUri' | 'encryptionKey'>,
  sha256: HashPort['sha256'],
): SessionTranscript {
  const { clientId, nonce, responseUri, encryptionKey } = request;
  const jwkThumbprint = encryptionKey === undefined ? undefined : p256JwkThumbprintBytes(encryptionKey.jwk, sha256);
  return openid4vpSessionTranscript({ clientId, nonce, responseUri, jwkThumbprint }, sha256);
}

/**
 * An entry of the vp_token for an mdoc (OpenID4VP 1.0 B.2.5): base64url of a DeviceResponse with one document, the
 * chosen elements alone, signed by the device key over the transcript. The caller stores that the copy was used before
 * it sends the result.
 *
 * @throws MdocError `mdoc-element-missing`
 */
export async function signMdocPresentation(
  sessionTranscript: SessionTranscript,
  chosen: { readonly held: HeldMdoc } & Pick<MdocAnswer, 'disclose'>,
  sign: SignAsync,
): Promise<string> {
  const { held, disclose } = chosen;
  const prepared = prepareDeviceResponse({ issuerSigned: held.mdoc, disclose, sessionTranscript });
  return encodeBase64url(assembleDeviceResponse(prepared, await sign(prepared.toBeSigned)));
}

/** {@link signMdocPresentation} for a redirect: takes only a request whose asker was proved. */
export function createMdocPresentation(
  request: VerifiedRequest,
  chosen: { readonly held: HeldMdoc } & Pick<MdocAnswer, 'disclose'>,
  tools: { readonly sign: SignAsync; readonly sha256: HashPort['sha256'] },
): Promise<string> {
  return signMdocPresentation(sessionTranscriptOf(request, tools.sha256), chosen, tools.sign);
}
