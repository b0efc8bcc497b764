import { equalBytes } from '../bytes/bytes.js';
import type { CryptoPort } from '../crypto/port.js';
import { X509Error } from './errors.js';
import { type VerifyEs256, verifyEs256With } from './es256.js';
import { type ParsedCertificate, parseCertificate } from './parse-certificate.js';

declare const verified: unique symbol;

/** A leaf whose chain ends at a trusted anchor and which is valid now. Made only by {@link verifyCertificateChain}. */
export type VerifiedCertificate = ParsedCertificate & {
  /** The CA that signed it, and whose list says whether it was taken back. */
  readonly certifiedBy: ParsedCertificate;
  readonly [verified]: true;
};

export type CertificateChainInput = {
  /** DER, as is everything here. */
  readonly leaf: Uint8Array;
  /** What the sender put beside it, each certificate certifying the one before; may hold the anchor or be empty. */
  readonly chain: readonly Uint8Array[];
  /** Certificates the caller trusts for this purpose. */
  readonly anchors: readonly Uint8Array[];
  /** Unix seconds. */
  readonly atSeconds: number;
  readonly usage: CertificateUsage;
};

/** The leaf's digitalSignature is always wanted; purpose and name only where the profile says so. */
export type CertificateUsage = {
  /** An OID that must be there; `none`: the leaf may name no purpose at all, so one made for another is refused. */
  readonly extendedKeyUsage?: string;
  /** A URI of the subject alternative name, compared byte for byte. */
  readonly uri?: string;
};

/** A signature the walk wants verified: point, data, r || s. It goes on with the answer. */
type SignatureWalk = Generator<Parameters<VerifyEs256>, VerifiedCertificate, boolean>;

const MAX_CERTIFICATES = 3;

/**
 * Verifies a chain in our profile of RFC 5280 §6: P-256 and ES256 only, at most three certificates with the anchor,
 * everything valid now, CAs are CAs, the leaf is none. No policies, no name constraints: a certificate with a critical
 * extension beyond those is refused. Whether it was taken back is asked elsewhere: the list has to be fetched.
 *
 * @throws X509Error with one of `X509ErrorCode`.
 */
export function verifyCertificateChain(
  input: CertificateChainInput & { readonly crypto: Pick<CryptoPort, 'importVerifyKey' | 'verifyEs256'> },
): VerifiedCertificate {
  const verify = verifyEs256With(input.crypto);
  const walking = walk(input);
  for (let step = walking.next(); ; ) {
    if (step.done === true) return step.value;
    step = walking.next(verify(...step.value));
  }
}

/** {@link verifyCertificateChain} where verifying waits for WebCrypto. @throws X509Error */
export async function verifyCertificateChainAsync(
  input: CertificateChainInput & { readonly verifyEs256: VerifyEs256 },
): Promise<VerifiedCertificate> {
  const walking = walk(input);
  for (let step = walking.next(); ; ) {
    if (step.done === true) return step.value;
    step = walking.next(await input.verifyEs256(...step.value));
  }
}

function* walk(input: CertificateChainInput): SignatureWalk {
  if (input.chain.length + 1 > MAX_CERTIFICATES) throw new X509Error('chain-too-long', 'too many certificates');
  const leaf = parseCertificate(input.leaf);
  checkLeaf(leaf, input);
  const anchors = input.anchors.map(parseCertificate);
  let child = leaf;
  let certifiedBy: ParsedCertificate | undefined;
  for (const [place, der] of input.chain.entries()) {
    const parent = parseCertificate(der);
    if (!equalBytes(parent.subject, child.issuer)) throw new X509Error('chain-broken', 'names do not follow');
    yield* checkParent(parent, child, place, input);
    certifiedBy ??= parent;
    if (anchors.some((anchor) => equalBytes(anchor.der, parent.der))) {
      if (place + 1 < input.chain.length) throw new X509Error('chain-broken', 'certificates beyond the anchor');
      return certified(leaf, certifiedBy);
    }
    child = parent;
  }
  const { length } = input.chain;
  const possible = anchors.filter((anchor) => equalBytes(anchor.subject, child.issuer));
  if (possible.length === 0) throw new X509Error('anchor-unknown', 'nobody we trust issued this');
  if (length + 2 > MAX_CERTIFICATES) throw new X509Error('chain-too-long', 'too many certificates');
  // Anchors may share a name after a change of key: the first that verifies decides, else the last refusal.
  let refusal: unknown;
  for (const anchor of possible) {
    try {
      yield* checkParent(anchor, child, length, input);
      return certified(leaf, certifiedBy ?? anchor);
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

const certified = (leaf: ParsedCertificate, certifiedBy: ParsedCertificate) =>
  ({ ...leaf, certifiedBy }) as VerifiedCertificate;

function checkLeaf(leaf: ParsedCertificate, input: CertificateChainInput): void {
  const { atSeconds, usage } = input;
  checkValidity(leaf, atSeconds);
  if (leaf.isCa) throw new X509Error('leaf-is-a-ca', 'a CA does not sign documents');
  if (leaf.keyUsage?.digitalSignature !== true) throw new X509Error('key-usage-wrong', 'the leaf may not sign');
  const { extendedKeyUsage: wanted } = usage;
  const purposes = leaf.extendedKeyUsages;
  if (wanted !== undefined && (wanted === 'none' ? purposes !== undefined : purposes?.includes(wanted) !== true))
    throw new X509Error('extended-key-usage-wrong', 'the leaf is for something else');
  if (usage.uri !== undefined && !leaf.uris.includes(usage.uri))
    throw new X509Error('certificate-name-wrong', 'the leaf is for somebody else');
}

/** `place` counts the intermediate certificates below the parent. */
function* checkParent(
  parent: ParsedCertificate,
  child: ParsedCertificate,
  place: number,
  input: CertificateChainInput,
): Generator<Parameters<VerifyEs256>, void, boolean> {
  checkValidity(parent, input.atSeconds);
  if (!parent.isCa) throw new X509Error('issuer-not-a-ca', 'the issuer is no CA');
  if (parent.keyUsage?.keyCertSign !== true) throw new X509Error('key-usage-wrong', 'the issuer may not certify');
  if (parent.pathLength !== undefined && place > parent.pathLength)
    throw new X509Error('path-length-exceeded', 'too many certificates below a CA');
  if (!(yield [parent.publicPoint, child.signedBytes, child.signature64]))
    throw new X509Error('certificate-signature-invalid', 'the issuer did not sign this');
}

function checkValidity(certificate: ParsedCertificate, atSeconds: number): void {
  if (atSeconds < certificate.notBeforeSeconds)
    throw new X509Error('certificate-not-yet-valid', 'notBefore lies ahead');
  if (atSeconds > certificate.notAfterSeconds) throw new X509Error('certificate-expired', 'notAfter has passed');
}
