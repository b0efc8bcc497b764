import { encodeCbor } from '../cbor/encode-cbor.js';
import type { HashPort } from '../crypto/port.js';

/** Made only by the functions below: encoded CBOR that ties a presentation to one request. */
export type SessionTranscript = Uint8Array & { readonly [transcript]: true };
declare const transcript: unique symbol;

/**
 * The SessionTranscript of a request by redirect (OpenID4VP 1.0 B.2.6.1). `clientId` is the full identifier with its
 * prefix (§14.10); `jwkThumbprint` (RFC 7638, 32 bytes) is that of the key the answer is encrypted for, undefined only
 * where the answer is not encrypted.
 */
export function openid4vpSessionTranscript(
  parts: {
    readonly clientId: string;
    readonly nonce: string;
    readonly jwkThumbprint: Uint8Array | undefined;
    readonly responseUri: string;
  },
  sha256: HashPort['sha256'],
): SessionTranscript {
  const { clientId, nonce, jwkThumbprint, responseUri } = parts;
  const info = [clientId, nonce, thumbprintOrNull(jwkThumbprint), responseUri];
  return sessionTranscript(['OpenID4VPHandover', sha256(encodeCbor(info))]);
}

/**
 * The SessionTranscript of a request over the Digital Credentials API (OpenID4VP 1.0 B.2.6.2). `origin` is that of the
 * calling page, without the prefix `origin:`.
 * @throws TypeError for the prefix
 */
export function dcApiSessionTranscript(
  parts: { readonly origin: string; readonly nonce: string; readonly jwkThumbprint: Uint8Array | undefined },
  sha256: HashPort['sha256'],
): SessionTranscript {
  const { origin, nonce, jwkThumbprint } = parts;
  if (origin.startsWith('origin:')) throw new TypeError('the origin stands without its prefix');
  const info = [origin, nonce, thumbprintOrNull(jwkThumbprint)];
  return sessionTranscript(['OpenID4VPDCAPIHandover', sha256(encodeCbor(info))]);
}

/** A transcript of another transport (NFC, BLE), encoded by whoever knows it. */
export function foreignSessionTranscript(encoded: Uint8Array): SessionTranscript {
  return encoded as SessionTranscript;
}

/** DeviceEngagementBytes and EReaderKeyBytes do not exist online. */
function sessionTranscript(handover: readonly [string, Uint8Array]): SessionTranscript {
  return encodeCbor([null, null, handover]) as SessionTranscript;
}

function thumbprintOrNull(thumbprint: Uint8Array | undefined): Uint8Array | null {
  if (thumbprint === undefined) return null;
  if (thumbprint.length !== 32) throw new TypeError('a SHA-256 thumbprint has 32 bytes');
  return thumbprint;
}
