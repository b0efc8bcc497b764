import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_cRLDistributionPoints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
} from '@peculiar/asn1-x509';
import type { HashPort } from '../crypto/port.js';
import { ECDSA_WITH_SHA256, p256Spki, signatureToDer } from './es256.js';

/** What stands in a subject, as far as our profile goes. */
export type CertificateName = {
  readonly commonName: string;
  readonly organization?: string;
  /** ISO 3166-1 alpha-2; ISO/IEC 18013-5 Annex B wants one in the names of mdoc signers and their roots. */
  readonly country?: string;
};

/** What a certificate of our profile says; times are Unix seconds, points are uncompressed. */
export type CertificatePlan = {
  /** Positive and without leading zeros as an ASN.1 integer: the first byte is 1 to 127. At most 20 bytes. */
  readonly serial: Uint8Array;
  readonly subject: CertificateName;
  /** DER of the issuer's own subject where it is at hand: names have to be the same to the byte. */
  readonly issuer: CertificateName | Uint8Array;
  readonly publicPoint: Uint8Array;
  readonly issuerPoint: Uint8Array;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly profile: { readonly kind: 'ca' } | LeafProfile;
};

/** A CA certifies leaves only; a leaf signs for a host, a URI, or both. */
export type LeafProfile = {
  readonly kind: 'leaf';
  readonly dnsName?: string;
  readonly uri?: string;
  /** Critical where there is one: who does not know the purpose must not take the key for another. */
  readonly extendedKeyUsages?: readonly string[];
  /** Where the CA publishes what it revoked (RFC 5280 §4.2.1.13). */
  readonly revocationListUri?: string;
};

/** `toBeSigned` goes under ES256; write the plan down before signing (docs/formats.md). */
export type PreparedCertificate = { readonly toBeSigned: Uint8Array };

const CN = '2.5.4.3';
const C = '2.5.4.6';
const O = '2.5.4.10';

/**
 * Prepares a certificate, version 3 (RFC 5280 §4.1), P-256 with ECDSA and SHA-256.
 *
 * @throws TypeError for a bad serial, and for a leaf without a name.
 */
export function prepareCertificate(plan: CertificatePlan, hashes: Pick<HashPort, 'sha256'>): PreparedCertificate {
  const [first = 0] = plan.serial;
  if (first < 1 || first > 127 || plan.serial.length > 20) throw new TypeError('a serial is 1 to 20 bytes, positive');
  const tbs = new TBSCertificate({
    version: 2,
    serialNumber: bufferOf(plan.serial),
    signature: algorithm(),
    issuer: nameOf(plan.issuer),
    validity: new Validity({
      notBefore: new Date(plan.notBeforeSeconds * 1000),
      notAfter: new Date(plan.notAfterSeconds * 1000),
    }),
    subject: nameOf(plan.subject),
    subjectPublicKeyInfo: AsnConvert.parse(p256Spki(plan.publicPoint), SubjectPublicKeyInfo),
    extensions: new Extensions(extensionsOf(plan, hashes)),
  });
  return { toBeSigned: new Uint8Array(AsnConvert.serialize(tbs)) };
}

/** Joins a prepared certificate and its signature (r || s) to DER. */
export function assembleCertificate(prepared: PreparedCertificate, signature64: Uint8Array): Uint8Array {
  const certificate = new Certificate({
    tbsCertificate: AsnConvert.parse(prepared.toBeSigned, TBSCertificate),
    signatureAlgorithm: algorithm(),
    signatureValue: bufferOf(signatureToDer(signature64)),
  });
  return new Uint8Array(AsnConvert.serialize(certificate));
}

function extensionsOf(plan: CertificatePlan, { sha256 }: Pick<HashPort, 'sha256'>): Extension[] {
  const { profile } = plan;
  // RFC 7093 §2 method 1: the leftmost 160 bits of SHA-256 over the key.
  const keyId = (point: Uint8Array) => bufferOf(sha256(point).slice(0, 20));
  const identifiers = [
    extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyId(plan.publicPoint))),
    extension(
      id_ce_authorityKeyIdentifier,
      false,
      new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyId(plan.issuerPoint)) }),
    ),
  ];
  if (profile.kind === 'ca') {
    return [
      extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
      ...identifiers,
    ];
  }
  return [
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(id_ce_subjectAltName, false, new SubjectAlternativeName(namesOf(profile))),
    ...purposesOf(profile),
    ...identifiers,
  ];
}

function namesOf({ dnsName, uri }: LeafProfile): GeneralName[] {
  const names = [
    ...(dnsName === undefined ? [] : [new GeneralName({ dNSName: dnsName })]),
    ...(uri === undefined ? [] : [new GeneralName({ uniformResourceIdentifier: uri })]),
  ];
  if (names.length === 0) throw new TypeError('a leaf has a name');
  return names;
}

function purposesOf({ extendedKeyUsages = [], revocationListUri: uri }: LeafProfile): Extension[] {
  const purposes = extension(id_ce_extKeyUsage, true, new ExtendedKeyUsage([...extendedKeyUsages]));
  const at = (address: string) =>
    new DistributionPointName({ fullName: [new GeneralName({ uniformResourceIdentifier: address })] });
  return [
    ...(extendedKeyUsages.length === 0 ? [] : [purposes]),
    ...(uri === undefined
      ? []
      : [
          extension(
            id_ce_cRLDistributionPoints,
            false,
            new CRLDistributionPoints([new DistributionPoint({ distributionPoint: at(uri) })]),
          ),
        ]),
  ];
}

export function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

export function nameOf(name: CertificateName | Uint8Array): Name {
  if (name instanceof Uint8Array) return AsnConvert.parse(name, Name);
  const { commonName, organization, country } = name;
  const part = (type: string, value: AttributeValue) =>
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })]);
  return new Name([
    ...(country === undefined ? [] : [part(C, new AttributeValue({ printableString: country }))]),
    ...(organization === undefined ? [] : [part(O, new AttributeValue({ utf8String: organization }))]),
    part(CN, new AttributeValue({ utf8String: commonName })),
  ]);
}

export function algorithm(): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
}

/** The ASN.1 library takes whole buffers. */
export function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
