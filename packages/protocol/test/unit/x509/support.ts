import { generateKeyPair, nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { assembleCertificate, type CertificatePlan, prepareCertificate } from '../../../src/x509/create-certificate.js';
import { X509Error } from '../../../src/x509/errors.js';
import { pointOfJwk } from '../../../src/x509/es256.js';
import { type TestKey, testKey } from '../jws/support.js';

export const AT = 1_800_000_000;
export const HOST = 'verifier.example';

export function issueCertificate(
  subject: { key: TestKey; name: string },
  issuer: { key: TestKey; name: string },
  change: Partial<CertificatePlan> = {},
): Uint8Array {
  const prepared = prepareCertificate(
    {
      serial: Uint8Array.of(0x40, 1),
      subject: { commonName: subject.name },
      issuer: { commonName: issuer.name },
      publicPoint: pointOfJwk(subject.key.jwk),
      issuerPoint: pointOfJwk(issuer.key.jwk),
      notBeforeSeconds: AT - 100,
      notAfterSeconds: AT + 100,
      profile: { kind: 'leaf', dnsName: HOST },
      ...change,
    },
    nodeCrypto,
  );
  return assembleCertificate(prepared, issuer.key.sign(prepared.toBeSigned));
}

export const party = (name: string) => ({ name, key: testKey(generateKeyPair()) });
export const ca = { profile: { kind: 'ca' } } as const;

/** The code something is refused with. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'accepted';
  } catch (error) {
    if (error instanceof X509Error) return error.code;
    throw error;
  }
}
