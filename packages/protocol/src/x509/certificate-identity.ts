import { encodeBase64url } from '../base64url/base64url.js';
import type { HashPort } from '../crypto/port.js';
import type { ClientId } from '../openid4vp/client-id.js';
import type { ParsedCertificate } from './parse-certificate.js';

/** The value of an `x509_hash` client identifier: base64url SHA-256 of the leaf's DER (OpenID4VP 1.0 §5.9.3). */
export function certificateHash(leafDer: Uint8Array, sha256: HashPort['sha256']): string {
  return encodeBase64url(sha256(leafDer));
}

/** DNS names of the subject alternative name, in lower case. */
export function dnsNamesOf(certificate: Pick<ParsedCertificate, 'dnsNames'>): readonly string[] {
  return certificate.dnsNames.map((name) => name.toLowerCase());
}

/** Whether a client identifier is that of a certificate. No wildcards: §5.9.3 asks for an exact match. */
export function certificateHasClientId(
  certificate: ParsedCertificate,
  clientId: ClientId,
  sha256: HashPort['sha256'],
): boolean {
  if (clientId.prefix === 'x509_hash') return certificateHash(certificate.der, sha256) === clientId.value;
  return dnsNamesOf(certificate).includes(clientId.value.toLowerCase());
}
