import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { Certificate, Extension, TBSCertificate } from '@peculiar/asn1-x509';
import { generateKeyPair, nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { assembleCertificate, type CertificatePlan, prepareCertificate } from '../../../src/x509/create-certificate.js';
import { X509Error } from '../../../src/x509/errors.js';
import { pointOfJwk, signatureToDer } from '../../../src/x509/es256.js';
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

/** A certificate changed before it is signed again by `key`. */
export const edited = (der: Uint8Array, key: TestKey, edit: (tbs: TBSCertificate) => void) => {
  const certificate = AsnConvert.parse(der, Certificate);
  const tbs = AsnConvert.parse(certificate.tbsCertificateRaw as ArrayBuffer, TBSCertificate);
  edit(tbs);
  const signed = new Uint8Array(AsnConvert.serialize(tbs));
  const signatureValue = new Uint8Array(signatureToDer(key.sign(signed))).buffer;
  return new Uint8Array(AsnConvert.serialize(new Certificate({ ...certificate, tbsCertificate: tbs, signatureValue })));
};
export const setExtension =
  (id: string, critical: boolean, value: Uint8Array | ArrayBuffer) => (tbs: TBSCertificate) => {
    const kept = [...(tbs.extensions ?? [])].filter(({ extnID }) => extnID !== id);
    const extension = new Extension({ extnID: id, critical, extnValue: new OctetString(new Uint8Array(value)) });
    tbs.extensions?.splice(0, tbs.extensions.length, ...kept, extension);
  };
