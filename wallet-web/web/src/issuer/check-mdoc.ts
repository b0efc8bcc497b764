import {
  type CryptoPort,
  decodeBase64url,
  encodeBase64url,
  type StudentIdClaims,
  type VerifyKey,
} from '@lanyard/protocol';
import {
  type ParsedIssuerSigned,
  parseIssuerSigned,
  STUDENT_ID_DOC_TYPE,
  studentIdClaimsOfElements,
  type VerifiedMdoc,
  verifyIssuerSigned,
} from '@lanyard/protocol/mdoc';
import { webHashes } from '@lanyard/protocol/web-crypto';
import { compressPoint, parseCertificate, webVerifyEs256 } from '@lanyard/protocol/x509';
import type { PublicJwk } from '../storage/kept.js';
import { CredentialProblem } from './check-credential.js';

/** Loaded only where an issuer gives out mdocs. */
export interface CheckedMdoc {
  readonly mdoc: ParsedIssuerSigned;
  readonly verified: VerifiedMdoc;
  /** The signer's key, uncompressed. Who that is, is for the caller to find out. */
  readonly signerPoint: Uint8Array;
  readonly expiresAtSeconds: number;
}

export interface ExpectedMdoc {
  readonly docType: string;
  readonly ownKey: PublicJwk;
  readonly nowSeconds: number;
}

/**
 * Checks a received mdoc: its type, our own key as device key, digests, validity, and the signature under the key of
 * the certificate it brings. Proves nothing about that certificate.
 * @throws CredentialProblem, MdocError, X509Error
 */
export async function checkMdoc(text: string, expected: ExpectedMdoc): Promise<CheckedMdoc> {
  const mdoc = parseIssuerSigned(decodeBase64url(text));
  const { deviceKey, docType, validity } = mdoc.mso;
  if (docType !== expected.docType) throw new CredentialProblem('docType');
  if (deviceKey.x !== expected.ownKey.x || deviceKey.y !== expected.ownKey.y) throw new CredentialProblem('deviceKey');
  if (mdoc.items.size === 0) throw new CredentialProblem('empty');
  const [leaf] = mdoc.x5chain;
  if (leaf === undefined) throw new CredentialProblem('x5chain');
  const signerPoint = parseCertificate(leaf).publicPoint;
  const signed: Uint8Array[][] = [];
  const verified = verifyIssuerSigned(mdoc, {
    findIssuerKey: () => ({ compressed: compressPoint(signerPoint) }) as unknown as VerifyKey,
    nowSeconds: expected.nowSeconds,
    // A phone's clock may be a little behind the issuer's.
    clockToleranceSeconds: 60,
    crypto: laterVerified(signed),
    acceptedDocTypes: [expected.docType],
  });
  for (const [data, signature] of signed) {
    if (data === undefined || signature === undefined || !(await webVerifyEs256(signerPoint, data, signature)))
      throw new CredentialProblem('signature');
  }
  if (signed.length !== 1) throw new CredentialProblem('signature');
  return { mdoc, verified, signerPoint, expiresAtSeconds: validity.validUntilSeconds };
}

/**
 * Checks a received student ID (mdoc): as {@link checkMdoc}, and signed by one of the issuer's published keys, as its
 * SD-JWTs are. Answers that key's `kid`, by which copies of a retired signer are found.
 */
export async function checkStudentIdMdoc(
  text: string,
  expected: { ownKey: PublicJwk; issuerKeys: readonly Record<string, unknown>[]; nowSeconds: number },
): Promise<{ claims: Partial<StudentIdClaims>; expiresAtSeconds: number; signer: string }> {
  const checked = await checkMdoc(text, { ...expected, docType: STUDENT_ID_DOC_TYPE });
  const [x, y] = [checked.signerPoint.subarray(1, 33), checked.signerPoint.subarray(33)].map(encodeBase64url);
  const key = expected.issuerKeys.find((jwk) => jwk['x'] === x && jwk['y'] === y);
  if (typeof key?.['kid'] !== 'string') throw new CredentialProblem('signer');
  const claims = studentIdClaimsOfElements(checked.verified.elements);
  return { claims, expiresAtSeconds: checked.expiresAtSeconds, signer: key['kid'] };
}

/** WebCrypto verifies only behind a promise: signatures are noted here and verified before anything is answered. */
function laterVerified(signed: Uint8Array[][]): Pick<CryptoPort, 'sha256' | 'importVerifyKey' | 'verifyEs256'> {
  return {
    sha256: webHashes.sha256,
    importVerifyKey: () => undefined,
    verifyEs256: (_key, data, signature) => {
      signed.push([data, signature]);
      return true;
    },
  };
}
