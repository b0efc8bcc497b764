import { dcApiAudience, p256JwkThumbprintBytes, type ResponseEncryptionJwk } from '@lanyard/protocol';
import { dcApiSessionTranscript, openid4vpSessionTranscript, type SessionTranscript } from '@lanyard/protocol/mdoc';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';

/** What a holder has to have signed over, in either format. */
export interface AnswerBinding {
  nonce: string;
  /** `aud` of a KB-JWT. */
  audience: string;
  sessionTranscript: SessionTranscript;
  /** RFC 7638, 32 bytes; undefined where the answer is not encrypted. */
  jwkThumbprint: Uint8Array | undefined;
}

const { sha256 } = nodeCrypto;
const thumbprintOf = (jwk: ResponseEncryptionJwk | undefined) =>
  jwk === undefined ? undefined : p256JwkThumbprintBytes(jwk, sha256);

/** By redirect or post (OpenID4VP 1.0 §14.10, B.2.6.1): always the full client identifier. */
export function redirectBinding(request: {
  clientId: string;
  nonce: string;
  responseUri: string;
  encryptionJwk: ResponseEncryptionJwk | undefined;
}): AnswerBinding {
  const { clientId, nonce, responseUri } = request;
  const jwkThumbprint = thumbprintOf(request.encryptionJwk);
  const sessionTranscript = openid4vpSessionTranscript({ clientId, nonce, responseUri, jwkThumbprint }, sha256);
  return { nonce, audience: clientId, sessionTranscript, jwkThumbprint };
}

/** Over the Digital Credentials API (Appendix A.4, B.2.6.2): the origin, whether the request was signed or not. */
export function dcApiBinding(request: {
  origin: string;
  nonce: string;
  encryptionJwk: ResponseEncryptionJwk | undefined;
}): AnswerBinding {
  const { origin, nonce } = request;
  const jwkThumbprint = thumbprintOf(request.encryptionJwk);
  const sessionTranscript = dcApiSessionTranscript({ origin, nonce, jwkThumbprint }, sha256);
  return { nonce, audience: dcApiAudience(origin), sessionTranscript, jwkThumbprint };
}
