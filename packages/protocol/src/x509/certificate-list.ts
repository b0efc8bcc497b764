import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  CertificateList,
  CRLNumber,
  CRLReason,
  CRLReasons,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  id_ce_cRLReasons,
  KeyIdentifier,
  RevokedCertificate as RevokedEntry,
  TBSCertList,
  Time,
} from '@peculiar/asn1-x509';
import { equalBytes } from '../bytes/bytes.js';
import type { CryptoPort, HashPort, Sign } from '../crypto/port.js';
import { algorithm, bufferOf, type CertificateName, extension, nameOf } from './create-certificate.js';
import { X509Error } from './errors.js';
import { ECDSA_WITH_SHA256, signatureFromDer, signatureToDer, verifyEs256With } from './es256.js';
import { type ParsedCertificate, withoutLeadingZeros } from './parse-certificate.js';

/** `serial` as in the certificate, without leading zeros; times are Unix seconds. */
export type RevokedCertificate = {
  readonly serial: Uint8Array;
  readonly sinceSeconds: number;
  readonly reason: 'key-compromise' | 'superseded' | 'cessation-of-operation' | 'unspecified';
};

export type CertificateListPlan = {
  readonly issuer: CertificateName | Uint8Array;
  /** Uncompressed point. */
  readonly issuerPoint: Uint8Array;
  /** Higher in each list of an issuer (RFC 5280 §5.2.3). */
  readonly number: number;
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
  readonly revoked: readonly RevokedCertificate[];
};

const MAX_BYTES = 262_144;
const REASONS = {
  'key-compromise': CRLReasons.keyCompromise,
  superseded: CRLReasons.superseded,
  'cessation-of-operation': CRLReasons.cessationOfOperation,
  unspecified: CRLReasons.unspecified,
} as const;

/** A list of revoked certificates, version 2 (RFC 5280 §5), DER; `sign` is ES256 (r || s) under the CA's key. */
export function createCertificateList(
  plan: CertificateListPlan,
  { sha256 }: Pick<HashPort, 'sha256'>,
  sign: Sign,
): Uint8Array {
  const keyIdentifier = new KeyIdentifier(bufferOf(sha256(plan.issuerPoint).slice(0, 20)));
  const revokedCertificates = plan.revoked.map(
    ({ serial, sinceSeconds, reason }) =>
      new RevokedEntry({
        userCertificate: bufferOf((serial[0] ?? 0) < 0x80 ? serial : Uint8Array.of(0, ...serial)),
        revocationDate: time(sinceSeconds),
        // §5.3.1: unspecified is said by leaving the reason out.
        ...(reason === 'unspecified'
          ? {}
          : { crlEntryExtensions: [extension(id_ce_cRLReasons, false, new CRLReason(REASONS[reason]))] }),
      }),
  );
  const tbs = new TBSCertList({
    version: 1,
    signature: algorithm(),
    issuer: nameOf(plan.issuer),
    thisUpdate: time(plan.thisUpdateSeconds),
    nextUpdate: time(plan.nextUpdateSeconds),
    // An empty list leaves the member out (§5.1.2.6).
    ...(revokedCertificates.length === 0 ? {} : { revokedCertificates }),
    crlExtensions: [
      extension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier })),
      extension(id_ce_cRLNumber, false, new CRLNumber(plan.number)),
    ],
  });
  const signed = new Uint8Array(AsnConvert.serialize(tbs));
  const list = new CertificateList({
    tbsCertList: tbs,
    signatureAlgorithm: algorithm(),
    signature: bufferOf(signatureToDer(sign(signed))),
  });
  return new Uint8Array(AsnConvert.serialize(list));
}

/**
 * Verifies a list in exactly the form {@link createCertificateList} gives, under the CA that it names.
 *
 * @throws X509Error `revocation-list-malformed`, `revocation-list-signature-invalid`, `revocation-list-too-old`,
 *   `critical-extension-unknown`.
 */
export function verifyCertificateList(
  der: Uint8Array,
  issuer: ParsedCertificate,
  { crypto, atSeconds }: { crypto: Pick<CryptoPort, 'importVerifyKey' | 'verifyEs256'>; atSeconds: number },
): { number: number; nextUpdateSeconds: number; serials: readonly Uint8Array[] } {
  const { list, signed } = decode(der);
  const { tbsCertList: tbs } = list;
  const named = new Uint8Array(AsnConvert.serialize(tbs.issuer));
  const algorithms = [list.signatureAlgorithm.algorithm, tbs.signature.algorithm];
  const signature = signatureFromDer(new Uint8Array(list.signature), 'revocation-list-malformed');
  if (
    !equalBytes(named, issuer.subject) ||
    !algorithms.every((name) => name === ECDSA_WITH_SHA256) ||
    !verifyEs256With(crypto)(issuer.publicPoint, signed, signature)
  )
    throw new X509Error('revocation-list-signature-invalid', 'the CA did not sign this list');
  const entries = tbs.revokedCertificates ?? [];
  const critical = [...(tbs.crlExtensions ?? []), ...entries.flatMap((entry) => entry.crlEntryExtensions ?? [])];
  for (const { critical: must, extnID } of critical)
    if (must) throw new X509Error('critical-extension-unknown', extnID);
  const nextUpdateSeconds = seconds(tbs.nextUpdate);
  if (atSeconds > nextUpdateSeconds) throw new X509Error('revocation-list-too-old', 'the next list is overdue');
  return {
    number: numberOf(tbs),
    nextUpdateSeconds,
    serials: entries.map((entry) => withoutLeadingZeros(new Uint8Array(entry.userCertificate))),
  };
}

function decode(der: Uint8Array): { list: CertificateList; signed: Uint8Array } {
  if (der.length > MAX_BYTES) throw new X509Error('revocation-list-malformed', `more than ${MAX_BYTES} bytes`);
  try {
    const list = AsnConvert.parse(der, CertificateList);
    if (equalBytes(new Uint8Array(AsnConvert.serialize(list)), der))
      return { list, signed: new Uint8Array(AsnConvert.serialize(list.tbsCertList)) };
  } catch (cause) {
    throw new X509Error('revocation-list-malformed', 'no DER list', { cause });
  }
  throw new X509Error('revocation-list-malformed', 'not the DER of its parts');
}

function numberOf(tbs: TBSCertList): number {
  const found = tbs.crlExtensions?.find(({ extnID }) => extnID === id_ce_cRLNumber);
  try {
    if (found !== undefined) return AsnConvert.parse(found.extnValue.buffer, CRLNumber).value;
  } catch (cause) {
    throw new X509Error('revocation-list-malformed', 'its number', { cause });
  }
  throw new X509Error('revocation-list-malformed', 'it has no number');
}

function seconds(value: Time | undefined): number {
  if (value === undefined) throw new X509Error('revocation-list-malformed', 'no next update');
  return Math.floor(value.getTime().getTime() / 1000);
}

function time(atSeconds: number): Time {
  return new Time(new Date(atSeconds * 1000));
}
