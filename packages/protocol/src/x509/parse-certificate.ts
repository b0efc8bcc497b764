import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate,
  CRLDistributionPoints,
  ExtendedKeyUsage,
  type Extension,
  type GeneralName,
  id_ce_basicConstraints,
  id_ce_cRLDistributionPoints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  KeyUsage,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import { equalBytes } from '../bytes/bytes.js';
import { X509Error } from './errors.js';
import { ECDSA_WITH_SHA256, P256_SPKI_HEAD, signatureFromDer } from './es256.js';

/** A certificate as received: well formed and of our profile, but NOTHING in it is authenticated. */
export type ParsedCertificate = {
  readonly der: Uint8Array;
  /** What the signature covers, as received. */
  readonly signedBytes: Uint8Array;
  readonly signature64: Uint8Array;
  /** Content octets of the serial number, without leading zeros. */
  readonly serial: Uint8Array;
  /** Uncompressed P-256 point, 65 bytes. */
  readonly publicPoint: Uint8Array;
  /** DER of the names, for comparing. */
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Undefined where the extension is missing. */
  readonly keyUsage: { readonly digitalSignature: boolean; readonly keyCertSign: boolean } | undefined;
  readonly extendedKeyUsages: readonly string[] | undefined;
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  /** Where its CA says that it publishes what it took back (RFC 5280 §4.2.1.13). */
  readonly revocationListUris: readonly string[];
};

const MAX_BYTES = 8_192;
const UNDERSTOOD: readonly string[] = [id_ce_basicConstraints, id_ce_keyUsage, id_ce_extKeyUsage, id_ce_subjectAltName];

/**
 * Parses one certificate of our profile (RFC 5280): version 3, a P-256 key, ECDSA with SHA-256, no critical extension
 * we do not process, no extension twice.
 *
 * @throws X509Error `certificate-malformed`, `certificate-version-wrong`, `key-not-p256`,
 *   `signature-algorithm-not-allowed`, `critical-extension-unknown`.
 */
export function parseCertificate(der: Uint8Array): ParsedCertificate {
  const certificate = decode(der);
  const { tbsCertificate: tbs, tbsCertificateRaw: raw } = certificate;
  if (raw === undefined) throw new X509Error('certificate-malformed', 'there is nothing signed');
  if (tbs.version !== 2) throw new X509Error('certificate-version-wrong', 'only version 3');
  const outer = certificate.signatureAlgorithm.algorithm;
  // RFC 5280 §4.1.1.2: both say the same.
  if (outer !== ECDSA_WITH_SHA256 || tbs.signature.algorithm !== outer)
    throw new X509Error('signature-algorithm-not-allowed', 'only ECDSA with SHA-256');
  const extensions = new Map<string, Extension>();
  for (const extension of tbs.extensions ?? []) {
    if (extensions.has(extension.extnID)) throw new X509Error('certificate-malformed', 'an extension is there twice');
    if (extension.critical && !UNDERSTOOD.includes(extension.extnID))
      throw new X509Error('critical-extension-unknown', extension.extnID);
    extensions.set(extension.extnID, extension);
  }
  return {
    der,
    signedBytes: new Uint8Array(raw),
    publicPoint: publicPointOf(new Uint8Array(AsnConvert.serialize(tbs.subjectPublicKeyInfo))),
    serial: withoutLeadingZeros(new Uint8Array(tbs.serialNumber)),
    signature64: signatureFromDer(new Uint8Array(certificate.signatureValue), 'certificate-malformed'),
    subject: new Uint8Array(AsnConvert.serialize(tbs.subject)),
    issuer: new Uint8Array(AsnConvert.serialize(tbs.issuer)),
    notBeforeSeconds: Math.floor(tbs.validity.notBefore.getTime().getTime() / 1000),
    notAfterSeconds: Math.floor(tbs.validity.notAfter.getTime().getTime() / 1000),
    ...readExtensions(extensions),
  };
}

/** The uncompressed point of a P-256 SubjectPublicKeyInfo. @throws X509Error `key-not-p256` */
export function publicPointOf(spki: Uint8Array): Uint8Array {
  const head = spki.subarray(0, P256_SPKI_HEAD.length);
  const point = spki.subarray(P256_SPKI_HEAD.length);
  if (!equalBytes(head, P256_SPKI_HEAD) || point.length !== 65 || point[0] !== 4)
    throw new X509Error('key-not-p256', 'the key is not on P-256');
  return point;
}

function decode(der: Uint8Array): Certificate {
  if (der.length > MAX_BYTES) throw new X509Error('certificate-malformed', `more than ${MAX_BYTES} bytes`);
  try {
    const certificate = AsnConvert.parse(der, Certificate);
    // One byte string for one certificate: what does not come back from its parts is refused.
    if (equalBytes(new Uint8Array(AsnConvert.serialize(certificate)), der)) return certificate;
  } catch (cause) {
    throw new X509Error('certificate-malformed', 'no DER certificate', { cause });
  }
  throw new X509Error('certificate-malformed', 'not the DER of its parts');
}

function readExtensions(
  extensions: ReadonlyMap<string, Extension>,
): Pick<
  ParsedCertificate,
  'isCa' | 'pathLength' | 'keyUsage' | 'extendedKeyUsages' | 'dnsNames' | 'uris' | 'revocationListUris'
> {
  const read = <T>(id: string, type: new () => T): T | undefined => {
    const extension = extensions.get(id);
    try {
      return extension === undefined ? undefined : AsnConvert.parse(extension.extnValue.buffer, type);
    } catch (cause) {
      throw new X509Error('certificate-malformed', `extension ${id}`, { cause });
    }
  };
  const constraints = read(id_ce_basicConstraints, BasicConstraints);
  const usage = read(id_ce_keyUsage, KeyUsage)?.toJSON();
  const names = read(id_ce_subjectAltName, SubjectAlternativeName);
  const extended = read(id_ce_extKeyUsage, ExtendedKeyUsage);
  const points = read(id_ce_cRLDistributionPoints, CRLDistributionPoints) ?? [];
  return {
    isCa: constraints?.cA === true,
    pathLength: constraints?.pathLenConstraint,
    keyUsage:
      usage === undefined
        ? undefined
        : { digitalSignature: usage.includes('digitalSignature'), keyCertSign: usage.includes('keyCertSign') },
    extendedKeyUsages: extended === undefined ? undefined : [...extended],
    dnsNames: namesOf(names, 'dNSName'),
    uris: namesOf(names, 'uniformResourceIdentifier'),
    revocationListUris: [...points].flatMap(({ distributionPoint }) =>
      namesOf(distributionPoint?.fullName, 'uniformResourceIdentifier'),
    ),
  };
}

function namesOf(
  names: readonly GeneralName[] | undefined,
  kind: 'dNSName' | 'uniformResourceIdentifier',
): readonly string[] {
  return [...(names ?? [])].flatMap((name: GeneralName) => (name[kind] === undefined ? [] : [name[kind]]));
}

/** A positive INTEGER whose first bit is set carries one zero before it: the number is the same. */
export function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  return bytes.subarray(start);
}
