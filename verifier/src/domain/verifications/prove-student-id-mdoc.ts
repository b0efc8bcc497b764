import { keyIdOf } from '@lanyard/platform';
import {
  Base64urlError,
  decodeBase64url,
  type JsonObject,
  rejected,
  StudentIdError,
  type Verdict,
} from '@lanyard/protocol';
import {
  type PresentedMdoc,
  type SessionTranscript,
  STUDENT_ID_DOC_TYPE,
  studentIdClaimsOfElements,
  verifyDeviceResponse,
} from '@lanyard/protocol/mdoc';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { isRetired } from '@lanyard/protocol/trust-list';
import {
  authorityKeyIdsOf,
  compressPoint,
  EKU_MDOC_DOCUMENT_SIGNER,
  type ParsedCertificate,
  parseCertificate,
  signerUsage,
  type VerifiedCertificate,
  X509Error,
} from '@lanyard/protocol/x509';
import {
  type FoundSigner,
  findForeignSigner,
  isEntitled,
  leafUnder,
  type TrustedIssuer,
} from '../trust/trusted-issuer.js';
import { verdictOfRefusal } from './presentation-reasons.js';
import type { NotProved, ProveContext } from './prove-student-id.js';

/** A student ID whose issuer and holder were proved. */
export interface ProvedStudentIdMdoc {
  mdoc: PresentedMdoc;
  /** What was disclosed, in the shape an SD-JWT has it. */
  claims: JsonObject;
  issuer: TrustedIssuer;
  certificate?: VerifiedCertificate | undefined;
  /** Of a verified chain only. */
  authorityKeyIds: readonly string[];
}

/** `anchored`: the chain was verified. Without it the key is known, and what the certificate says of others is not. */
type FoundMdocSigner = FoundSigner & { anchored: boolean };

const REFUSED = { refusal: rejected('unknown-issuer') };

/**
 * Proves a student ID presented as mdoc (OpenID4VP 1.0 B.2, ISO/IEC 18013-5 §9.3): one document in the DeviceResponse,
 * issuer, digests, validity, then the device signature over exactly this session. Our own document signers are known by
 * their key; those of others by a chain to their anchors, whose leaf is for signing mdocs. Status and policy are still
 * to be looked at.
 */
export function proveStudentIdMdoc(
  presentation: string,
  sessionTranscript: SessionTranscript,
  context: ProveContext,
): ProvedStudentIdMdoc | NotProved {
  const { keys, nowSeconds, trust, universityCode } = context;
  if (keys === undefined && trust.list === undefined && trust.localAnchors.length === 0)
    return { verdict: { verdict: 'cannot-decide', reason: 'issuer-keys-missing' } };
  let signer: FoundMdocSigner | { refusal: Verdict } | undefined;
  let signedSeconds = 0;
  try {
    const [mdoc] = verifyDeviceResponse(decodeBase64url(presentation), {
      findIssuerKey: (unverified) => {
        signer = findMdocSigner(unverified.x5chain, context);
        signedSeconds = unverified.signedSeconds;
        return 'refusal' in signer ? undefined : signer.key;
      },
      nowSeconds,
      crypto: nodeCrypto,
      acceptedDocTypes: [STUDENT_ID_DOC_TYPE],
      sessionTranscript,
      maxDocuments: 1,
    });
    if (signer === undefined || 'refusal' in signer) throw new TypeError('verified without a signer');
    const { issuer, certificate, fromSeconds, toSeconds, anchored } = signer;
    const claims = studentIdClaimsOfElements(mdoc.elements) as JsonObject;
    const { university_code: code } = claims;
    const inTime = fromSeconds <= signedSeconds && signedSeconds <= toSeconds;
    if (!inTime || (code !== undefined && !isEntitled(issuer, code, trust, universityCode)))
      return { verdict: rejected('issuer-not-entitled'), issuer };
    return { mdoc, claims, issuer, certificate, authorityKeyIds: anchored ? authorityKeyIdsOf(mdoc.x5chain) : [] };
  } catch (error) {
    // The issuer was asked for and refused: its own reason says more than that no key was found.
    if (signer !== undefined && 'refusal' in signer) return { verdict: signer.refusal };
    if (error instanceof Base64urlError || error instanceof StudentIdError) return { verdict: rejected('malformed') };
    const verdict = verdictOfRefusal(error);
    if (verdict === undefined) throw error;
    return { verdict };
  }
}

function findMdocSigner(chain: readonly Uint8Array[], context: ProveContext): FoundMdocSigner | { refusal: Verdict } {
  const own = findOwnSigner(chain, context);
  if (own !== undefined) return own;
  const { trust, nowSeconds, keys, universityCode } = context;
  const extendedKeyUsage = EKU_MDOC_DOCUMENT_SIGNER;
  const found = findForeignSigner(trust, { issuerUrl: undefined, chain, nowSeconds, extendedKeyUsage });
  if ('refusal' in found) {
    // It may be ours all the same.
    const unknown = keys === undefined && found.refusal.reason === 'unknown-issuer';
    return unknown ? { refusal: { verdict: 'cannot-decide', reason: 'issuer-keys-missing' } } : found;
  }
  // Our own issuer says itself who signs for it: a certificate under our root is not enough.
  const ours = found.issuer.kind === 'listed' && found.issuer.entry.universityCode === universityCode;
  return ours && keys !== undefined ? REFUSED : { ...found, anchored: true };
}

/** Undefined where the leaf's key is none that signs our documents. The signature is verified under the pinned key. */
function findOwnSigner(
  chain: readonly Uint8Array[],
  { keys, trust, universityCode, issuerUrl, nowSeconds }: ProveContext,
): FoundMdocSigner | { refusal: Verdict } | undefined {
  const leaf = parseLeaf(chain);
  if (leaf === undefined) return undefined;
  const kid = keyIdOf(compressPoint(leaf.publicPoint)).toString('base64url');
  const key = keys?.findDocumentKey(kid);
  if (key === undefined) return undefined;
  if (!maySignMdocs(leaf, nowSeconds)) return REFUSED;
  const entry = trust.list?.entries.find((one) => one.universityCode === universityCode);
  if (entry === undefined) return { ...key, issuer: { kind: 'own' }, anchored: false };
  if (isRetired(entry, kid)) return { refusal: rejected('issuer-not-entitled') };
  const anchored = leafUnder(entry.anchors, chain, nowSeconds, signerUsage('document', issuerUrl)) !== undefined;
  return anchored ? { ...key, issuer: { kind: 'own' }, anchored } : REFUSED;
}

function maySignMdocs(leaf: ParsedCertificate, nowSeconds: number): boolean {
  const forMdocs = leaf.extendedKeyUsages?.includes(EKU_MDOC_DOCUMENT_SIGNER) === true;
  const inTime = leaf.notBeforeSeconds <= nowSeconds && nowSeconds <= leaf.notAfterSeconds;
  return forMdocs && inTime && !leaf.isCa && leaf.keyUsage?.digitalSignature === true;
}

function parseLeaf([leaf]: readonly Uint8Array[]): ParsedCertificate | undefined {
  try {
    return leaf === undefined ? undefined : parseCertificate(leaf);
  } catch (error) {
    if (error instanceof X509Error) return undefined;
    throw error;
  }
}
