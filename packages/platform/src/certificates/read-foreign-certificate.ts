import { type ParsedCertificate, X509Error } from '@lanyard/protocol/x509';
import type * as Asn1js from 'asn1js';
import type * as Pkijs from 'pkijs';

export type Libraries = { asn1js: typeof Asn1js; pkijs: typeof Pkijs };

/** A certificate of somebody else, read with pkijs; NOTHING in it is authenticated. */
export interface ForeignCertificate
  extends Pick<
    ParsedCertificate,
    | 'der'
    | 'notBeforeSeconds'
    | 'notAfterSeconds'
    | 'isCa'
    | 'pathLength'
    | 'keyUsage'
    | 'extendedKeyUsages'
    | 'dnsNames'
    | 'uris'
  > {
  readonly parsed: Pkijs.Certificate;
  /** Hex without leading zeros. */
  readonly serial: string;
  /** DER of the names, in hex, for comparing. */
  readonly subject: string;
  readonly issuer: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
}

export const MAX_CERTIFICATE_BYTES = 16_384;
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const ALT_NAME = '2.5.29.17';
const UNDERSTOOD: readonly string[] = [BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, ALT_NAME];
/** ECDSA and RSA (PKCS#1 1.5) with SHA-256, -384, -512. No SHA-1, no MD5, no RSA-PSS: nobody needs more. */
const SIGNATURES: readonly string[] = [
  ...['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4'],
  ...['1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13'],
];
const EC_KEY = '1.2.840.10045.2.1';
const RSA_KEY = '1.2.840.113549.1.1.1';
const CURVES: readonly string[] = ['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.35'];
const LEAST_RSA_BITS = 2_048;
const DNS_NAME = 2;
const URI = 6;

/**
 * Reads one certificate within limits: version 3, keys and signatures we take, no critical extension nobody processes.
 *
 * @throws X509Error `certificate-malformed`, `certificate-version-wrong`, `key-not-allowed`,
 *   `signature-algorithm-not-allowed`, `critical-extension-unknown`.
 */
export function readForeignCertificate(der: Uint8Array, { asn1js, pkijs }: Libraries): ForeignCertificate {
  if (der.length === 0 || der.length > MAX_CERTIFICATE_BYTES)
    throw new X509Error('certificate-malformed', `not 1 to ${MAX_CERTIFICATE_BYTES} bytes`);
  let parsed: Pkijs.Certificate;
  try {
    const whole = new Uint8Array(der);
    const { offset, result } = asn1js.fromBER(whole.buffer);
    if (offset !== der.length) throw new Error(`stops at byte ${offset}`);
    parsed = new pkijs.Certificate({ schema: result });
  } catch (cause) {
    throw new X509Error('certificate-malformed', 'no DER certificate', { cause });
  }
  if (parsed.version !== 2) throw new X509Error('certificate-version-wrong', 'only version 3');
  const { algorithmId } = parsed.signatureAlgorithm;
  if (!SIGNATURES.includes(algorithmId) || parsed.signature.algorithmId !== algorithmId)
    throw new X509Error('signature-algorithm-not-allowed', algorithmId);
  checkKey(parsed.subjectPublicKeyInfo);
  const extensions = readExtensions(parsed);
  return {
    parsed,
    der,
    serial: hexOf(parsed.serialNumber.valueBlock.valueHexView).replace(/^(00)+(?=.)/, ''),
    subject: hexOf(new Uint8Array(parsed.subject.valueBeforeDecode)),
    issuer: hexOf(new Uint8Array(parsed.issuer.valueBeforeDecode)),
    notBeforeSeconds: Math.floor(parsed.notBefore.value.getTime() / 1000),
    notAfterSeconds: Math.floor(parsed.notAfter.value.getTime() / 1000),
    spki: new Uint8Array(parsed.subjectPublicKeyInfo.toSchema().toBER()),
    ...extensions,
  };
}

function checkKey(info: Pkijs.PublicKeyInfo): void {
  const { algorithmId, algorithmParams } = info.algorithm;
  const curve = algorithmId === EC_KEY ? String(algorithmParams?.valueBlock?.toString?.() ?? '') : '';
  if (algorithmId === EC_KEY && CURVES.includes(curve)) return;
  const key = info.parsedKey;
  if (algorithmId === RSA_KEY && key !== undefined && 'modulus' in key) {
    const modulus = hexOf(key.modulus.valueBlock.valueHexView).replace(/^(00)+/, '');
    if (modulus.length * 4 >= LEAST_RSA_BITS) return;
  }
  throw new X509Error('key-not-allowed', `${algorithmId} ${curve}`);
}

type Extensions = Pick<
  ForeignCertificate,
  'isCa' | 'pathLength' | 'keyUsage' | 'extendedKeyUsages' | 'dnsNames' | 'uris'
>;

function readExtensions(parsed: Pkijs.Certificate): Extensions {
  const seen = new Map<string, unknown>();
  for (const { extnID, critical, parsedValue } of parsed.extensions ?? []) {
    if (seen.has(extnID)) throw new X509Error('certificate-malformed', 'an extension is there twice');
    if (critical && !UNDERSTOOD.includes(extnID)) throw new X509Error('critical-extension-unknown', extnID);
    if (UNDERSTOOD.includes(extnID) && (parsedValue === undefined || 'parsingError' in Object(parsedValue)))
      throw new X509Error('certificate-malformed', `extension ${extnID}`);
    seen.set(extnID, parsedValue);
  }
  const constraints = seen.get(BASIC_CONSTRAINTS) as Pkijs.BasicConstraints | undefined;
  const usage = seen.get(KEY_USAGE) as Asn1js.BitString | undefined;
  const purposes = seen.get(EXTENDED_KEY_USAGE) as Pkijs.ExtKeyUsage | undefined;
  const names = (seen.get(ALT_NAME) as Pkijs.AltName | undefined)?.altNames ?? [];
  const bits = usage?.valueBlock.valueHexView[0] ?? 0;
  const namesOf = (type: number) => names.filter((name) => name.type === type).map((name) => String(name.value));
  const length = constraints?.pathLenConstraint;
  return {
    isCa: constraints?.cA === true,
    pathLength: typeof length === 'object' ? length.valueBlock.valueDec : length,
    keyUsage:
      usage === undefined ? undefined : { digitalSignature: (bits & 0x80) !== 0, keyCertSign: (bits & 0x04) !== 0 },
    extendedKeyUsages: purposes?.keyPurposes,
    dnsNames: namesOf(DNS_NAME),
    uris: namesOf(URI),
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
