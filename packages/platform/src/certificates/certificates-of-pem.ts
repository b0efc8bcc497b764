import { X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates in a PEM text, DER, in its order; whatever stands between them is left alone. @throws Error for one that is none */
export function certificatesOfPem(pem: string): readonly Uint8Array[] {
  return (pem.match(BLOCK) ?? []).map((block) => new Uint8Array(new X509Certificate(block).raw));
}
