import { createHash, type KeyObject, X509Certificate } from 'node:crypto';

/** A certificate a partner brings, as far as it is kept: no names of it are. */
export interface RegisteredCertificate {
  /** SHA-256 of the certificate, hexadecimal. */
  readonly id: string;
  readonly keyDigest: Buffer;
  readonly fromMs: number;
  readonly toMs: number;
}

const MAX_LIFE_MS = 5 * 366 * 86_400_000;

/**
 * Reads a certificate (PEM) whose holder is to be known by it alone (self_signed_tls_client_auth, RFC 8705 §2.2): one
 * block, P-256 or P-384 or RSA of 2048 bits and more, in force, for five years at most. Who signed it does not count.
 */
export function readRegisteredCertificate(pem: string, nowMs: number): RegisteredCertificate | undefined {
  if ((pem.match(/-----BEGIN/g) ?? []).length !== 1 || !pem.includes('-----BEGIN CERTIFICATE-----')) return undefined;
  try {
    const certificate = new X509Certificate(pem);
    const [fromMs, toMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    if (!isStrong(certificate.publicKey) || !(fromMs <= nowMs && nowMs < toMs) || toMs - nowMs > MAX_LIFE_MS)
      return undefined;
    return {
      id: createHash('sha256').update(certificate.raw).digest('hex'),
      keyDigest: createHash('sha256')
        .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
        .digest(),
      ...{ fromMs, toMs },
    };
  } catch {
    return undefined;
  }
}

function isStrong({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  if (type === 'ec') return details?.namedCurve === 'prime256v1' || details?.namedCurve === 'secp384r1';
  return type === 'rsa' && (details?.modulusLength ?? 0) >= 2_048 && (details?.modulusLength ?? 0) <= 8_192;
}
