import { X509Error } from '@lanyard/protocol/x509';
import type { ForeignCertificate, Libraries } from './read-foreign-certificate.js';
import { readForeignCertificate } from './read-foreign-certificate.js';

declare const validated: unique symbol;

/** A chain of somebody else that ends at an anchor. Made only by {@link validateCertificateChain}. */
export type ValidatedChain = {
  readonly leaf: Omit<ForeignCertificate, 'parsed'>;
  /** DER of the anchor it ended at. */
  readonly anchor: Uint8Array;
  readonly [validated]: true;
};

export interface ChainPolicy {
  /** DER of what the caller trusts for this purpose. */
  readonly anchors: readonly Uint8Array[];
  readonly nowSeconds: number;
  /** An OID the leaf must name; `none`: it may name no purpose at all. Absent: not looked at. */
  readonly extendedKeyUsage?: string;
}

/** With the anchor, where it was sent along. */
const MAX_CERTIFICATES = 4;
const MAX_ANCHORS = 64;

/**
 * Validates a chain (RFC 5280 §6) of certificates made by others: leaf first, each certified by the next; the anchor
 * may stand at the end or be missing. Order, names, signatures, validity now, CA or not, path length, key usage and
 * purpose are checked by us and then, as a second opinion, the path by pkijs: it alone would accept expired leaves.
 * No policies, no name constraints: a critical extension beyond the four we process is refused.
 *
 * @throws X509Error
 */
export async function validateCertificateChain(
  chain: readonly Uint8Array[],
  policy: ChainPolicy,
): Promise<ValidatedChain> {
  if (chain.length === 0 || chain.length > MAX_CERTIFICATES || policy.anchors.length > MAX_ANCHORS)
    throw new X509Error('chain-too-long', `not 1 to ${MAX_CERTIFICATES} certificates`);
  const libraries = await loadLibraries();
  const read = (der: Uint8Array) => readForeignCertificate(der, libraries);
  const sent = chain.map(read);
  const anchors = policy.anchors.map(read);
  const [leaf] = sent as [ForeignCertificate, ...ForeignCertificate[]];
  checkLeaf(leaf, policy);

  const known = sent.findIndex((certificate) => anchors.some((anchor) => sameDer(anchor, certificate)));
  if (known === 0) throw new X509Error('chain-broken', 'an anchor is no leaf');
  if (known > 0 && known < sent.length - 1) throw new X509Error('chain-broken', 'certificates beyond the anchor');
  const below = known > 0 ? sent.slice(0, -1) : sent;
  for (const [place, child] of below.entries()) {
    const parent = below[place + 1];
    if (parent !== undefined) await checkParent(parent, child, place, policy);
  }
  const last = below.at(-1) as ForeignCertificate;
  const named = known > 0 ? sent.slice(-1) : anchors;
  const possible = named.filter((anchor) => anchor.subject === last.issuer);
  if (possible.length === 0)
    throw known > 0
      ? new X509Error('chain-broken', 'names do not follow')
      : new X509Error('anchor-unknown', 'nobody we trust issued this');
  const anchor = await firstThatSigned(possible, last, below.length - 1, policy);
  await confirm(below, anchor, policy, libraries);
  const { parsed: _, ...told } = leaf;
  return { leaf: told, anchor: anchor.der } as ValidatedChain;
}

/** Anchors may share a name after a change of key: the first that verifies decides, else the last refusal. */
async function firstThatSigned(
  possible: readonly ForeignCertificate[],
  last: ForeignCertificate,
  place: number,
  policy: ChainPolicy,
): Promise<ForeignCertificate> {
  let refusal: unknown;
  for (const anchor of possible) {
    try {
      await checkParent(anchor, last, place, policy);
      return anchor;
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

function checkLeaf(leaf: ForeignCertificate, { nowSeconds, extendedKeyUsage: wanted }: ChainPolicy): void {
  checkValidity(leaf, nowSeconds);
  if (leaf.isCa) throw new X509Error('leaf-is-a-ca', 'a CA does not sign documents');
  if (leaf.keyUsage?.digitalSignature !== true) throw new X509Error('key-usage-wrong', 'the leaf may not sign');
  const purposes = leaf.extendedKeyUsages;
  if (wanted !== undefined && (wanted === 'none' ? purposes !== undefined : purposes?.includes(wanted) !== true))
    throw new X509Error('extended-key-usage-wrong', 'the leaf is for something else');
}

/** `place` counts the intermediate certificates below the parent. */
async function checkParent(
  parent: ForeignCertificate,
  child: ForeignCertificate,
  place: number,
  policy: ChainPolicy,
): Promise<void> {
  if (parent.subject !== child.issuer) throw new X509Error('chain-broken', 'names do not follow');
  checkValidity(parent, policy.nowSeconds);
  if (!parent.isCa) throw new X509Error('issuer-not-a-ca', 'the issuer is no CA');
  if (parent.keyUsage?.keyCertSign !== true) throw new X509Error('key-usage-wrong', 'the issuer may not certify');
  if (parent.pathLength !== undefined && place > parent.pathLength)
    throw new X509Error('path-length-exceeded', 'too many certificates below a CA');
  if (!(await signed(parent, child)))
    throw new X509Error('certificate-signature-invalid', 'the issuer did not sign this');
}

async function signed(parent: ForeignCertificate, child: ForeignCertificate): Promise<boolean> {
  try {
    return await child.parsed.verify(parent.parsed);
  } catch {
    return false; // a signature in another form than its algorithm's
  }
}

function checkValidity(certificate: ForeignCertificate, nowSeconds: number): void {
  if (nowSeconds < certificate.notBeforeSeconds)
    throw new X509Error('certificate-not-yet-valid', 'notBefore lies ahead');
  if (nowSeconds > certificate.notAfterSeconds) throw new X509Error('certificate-expired', 'notAfter has passed');
}

/** The path again by pkijs, over exactly the certificates we walked. */
async function confirm(
  below: readonly ForeignCertificate[],
  anchor: ForeignCertificate,
  { nowSeconds }: ChainPolicy,
  { pkijs }: Libraries,
): Promise<void> {
  const engine = new pkijs.CertificateChainValidationEngine({
    trustedCerts: [anchor.parsed],
    // pkijs wants the leaf last.
    certs: [...below].reverse().map(({ parsed }) => parsed),
    checkDate: new Date(nowSeconds * 1000),
  });
  const { result, resultCode, resultMessage } = await engine.verify();
  if (!result) throw new X509Error('chain-broken', `pkijs: ${resultCode} ${resultMessage}`);
}

function sameDer(a: ForeignCertificate, b: ForeignCertificate): boolean {
  return Buffer.from(a.der).equals(b.der);
}

let loaded: Promise<Libraries> | undefined;

/** Loaded by the first chain: most services never see one, and memory is counted. */
function loadLibraries(): Promise<Libraries> {
  loaded ??= (async () => {
    const [asn1js, pkijs] = await Promise.all([import('asn1js'), import('pkijs')]);
    const { crypto } = globalThis;
    pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto }));
    return { asn1js, pkijs };
  })();
  return loaded;
}
