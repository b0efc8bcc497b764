import { keyIdOf } from '@lanyard/platform';
import { latin1, rejected, type Verdict, type VerifyKey } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import {
  findTrustedIssuer,
  type IssuerRefusal,
  isRetired,
  type TrustEntry,
  type TrustList,
} from '@lanyard/protocol/trust-list';
import {
  type CertificateUsage,
  compressPoint,
  EKU_STATUS_SIGNER,
  parseCertificate,
  signerUsage,
  type VerifiedCertificate,
  verifyCertificateChain,
  X509Error,
} from '@lanyard/protocol/x509';
import type { TrustState } from './trust-state.js';

/** Whose document it is: our own university's, one of the trust list, or one under a root of this installation. */
export type TrustedIssuer =
  | { kind: 'own' }
  | { kind: 'listed'; entry: TrustEntry }
  | { kind: 'local'; anchors: readonly Uint8Array[]; issuerUrl: string | undefined };

/** An issuer that is known by its anchors. */
export type ForeignIssuer = Exclude<TrustedIssuer, { kind: 'own' }>;

/** A key that may have signed a document of this issuer, with the time in which it may sign. */
export interface FoundSigner {
  key: VerifyKey;
  issuer: TrustedIssuer;
  /** Of another university's signer; its CA may have taken it back since. */
  certificate?: VerifiedCertificate;
  fromSeconds: number;
  toSeconds: number;
}

const VERDICTS: Record<IssuerRefusal, Verdict> = {
  'issuer-unknown': rejected('unknown-issuer'),
  'issuer-suspended': rejected('unknown-issuer'),
  'issuer-withdrawn': rejected('unknown-issuer'),
  'trust-list-expired': { verdict: 'cannot-decide', reason: 'trust-list-expired' },
};

/**
 * The signer of a document of another university (docs/formats.md, trust list): its chain ends at an anchor of the
 * entry that its issuer URL names; where a document names none, as an mdoc, at an anchor of any active entry. Roots of
 * this installation come last. A signer that the list retired signed nothing.
 */
export function findForeignSigner(
  trust: TrustState,
  document: {
    issuerUrl: string | undefined;
    chain: readonly Uint8Array[];
    nowSeconds: number;
    extendedKeyUsage?: string;
  },
): FoundSigner | { refusal: Verdict } {
  const { list, localAnchors } = trust;
  const { issuerUrl, nowSeconds } = document;
  const named =
    list === undefined || issuerUrl === undefined ? undefined : findTrustedIssuer(list, issuerUrl, nowSeconds);
  if (named !== undefined && 'entry' in named) return listed(named.entry, document);
  if (named !== undefined && named.refusal !== 'issuer-unknown') return { refusal: VERDICTS[named.refusal] };
  if (list !== undefined && issuerUrl === undefined) {
    const entry = entryOfChain(list, document.chain);
    if (entry !== undefined) {
      const found = findTrustedIssuer(list, entry.issuerUrl, nowSeconds);
      return 'entry' in found ? listed(found.entry, document) : { refusal: VERDICTS[found.refusal] };
    }
  }
  if (localAnchors.length === 0) return { refusal: rejected('unknown-issuer') };
  const usage = document.extendedKeyUsage === undefined ? {} : { extendedKeyUsage: document.extendedKeyUsage };
  return signerUnder(localAnchors, { kind: 'local', anchors: localAnchors, issuerUrl }, document, usage);
}

/** What a university code in a document of this issuer has to be; undefined where any code nobody else has will do. */
export function isEntitled(issuer: TrustedIssuer, code: unknown, trust: TrustState, ownCode: string): boolean {
  if (issuer.kind === 'own') return code === ownCode;
  if (issuer.kind === 'listed') return code === issuer.entry.universityCode;
  return code !== ownCode && trust.list?.entries.some((entry) => entry.universityCode === code) !== true;
}

/** Anchors that the issuer's status lists are signed under, and where they may lie. */
export function statusTrustOf(issuer: ForeignIssuer): {
  anchors: readonly Uint8Array[];
  issuerUrl: string | undefined;
  usage: CertificateUsage;
} {
  if (issuer.kind === 'local')
    return { anchors: issuer.anchors, issuerUrl: issuer.issuerUrl, usage: { extendedKeyUsage: EKU_STATUS_SIGNER } };
  const { anchors, issuerUrl } = issuer.entry;
  return { anchors, issuerUrl, usage: signerUsage('status', issuerUrl) };
}

/** The verified leaf of a chain under anchors; undefined for whatever is wrong with it. */
export function leafUnder(
  anchors: readonly Uint8Array[],
  chain: readonly Uint8Array[],
  nowSeconds: number,
  usage: CertificateUsage,
): VerifiedCertificate | undefined {
  const [leaf, ...others] = chain;
  if (leaf === undefined) return undefined;
  try {
    return verifyCertificateChain({
      leaf,
      chain: others,
      anchors,
      atSeconds: nowSeconds,
      usage,
      crypto: nodeCrypto,
    });
  } catch (error) {
    if (error instanceof X509Error) return undefined;
    throw error;
  }
}

function listed(entry: TrustEntry, document: Parameters<typeof findForeignSigner>[1]): ReturnType<typeof signerUnder> {
  // Every signer of a university chains to its anchors: only the certificate says which of them may sign documents.
  return signerUnder(entry.anchors, { kind: 'listed', entry }, document, signerUsage('document', entry.issuerUrl));
}

function signerUnder(
  anchors: readonly Uint8Array[],
  issuer: TrustedIssuer,
  document: Parameters<typeof findForeignSigner>[1],
  usage: CertificateUsage,
): FoundSigner | { refusal: Verdict } {
  const leaf = leafUnder(anchors, document.chain, document.nowSeconds, usage);
  if (leaf === undefined) return { refusal: rejected('unknown-issuer') };
  const compressed = compressPoint(leaf.publicPoint);
  const key = nodeCrypto.importVerifyKey(compressed, leaf.publicPoint.subarray(33));
  if (key === undefined) return { refusal: rejected('unknown-issuer') };
  const kid = keyIdOf(compressed).toString('base64url');
  if (issuer.kind === 'listed' && isRetired(issuer.entry, kid)) return { refusal: rejected('issuer-not-entitled') };
  return { key, issuer, certificate: leaf, fromSeconds: leaf.notBeforeSeconds, toSeconds: leaf.notAfterSeconds };
}

const indices = new WeakMap<TrustList, ReadonlyMap<string, TrustEntry>>();

/** The entry under whose anchor the chain says it is: by the name of the last certificate's issuer. */
function entryOfChain(list: TrustList, chain: readonly Uint8Array[]): TrustEntry | undefined {
  const last = chain.at(-1);
  if (last === undefined) return undefined;
  let index = indices.get(list);
  if (index === undefined) {
    index = new Map(list.entries.flatMap((entry) => entry.anchors.flatMap((der) => named(der, entry))));
    indices.set(list, index);
  }
  try {
    return index.get(latin1(parseCertificate(last).issuer));
  } catch (error) {
    if (error instanceof X509Error) return undefined;
    throw error;
  }
}

function named(der: Uint8Array, entry: TrustEntry): [string, TrustEntry][] {
  try {
    return [[latin1(parseCertificate(der).subject), entry]];
  } catch (error) {
    // An anchor we cannot read certifies nothing here; the list is not refused for it.
    if (error instanceof X509Error) return [];
    throw error;
  }
}
