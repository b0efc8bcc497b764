import { equalBytes } from '../bytes/bytes.js';
import { verifySign1 } from '../cose/verify-sign1.js';
import type { CryptoPort, VerifyKey } from '../crypto/port.js';
import type { CheckedP256Jwk } from '../jws/p256-jwk.js';
import type { StatusReference } from '../status-list/status-reference.js';
import { elementsOf, type MdocElements } from './elements.js';
import { MdocError } from './errors.js';
import type { KeyAuthorizations } from './key-authorizations.js';
import type { MdocValidity } from './mobile-security-object.js';
import type { IssuerSignedItem, ParsedIssuerSigned } from './parse-issuer-signed.js';

declare const verified: unique symbol;

/**
 * Issuer-signed data whose issuer signature, digests and validity were verified. `status` still has to be looked up,
 * and whether the holder of `deviceKey` presented it is another matter: see `verifyDeviceResponse`. Made only by
 * {@link verifyIssuerSigned}.
 */
export type VerifiedMdoc = {
  readonly docType: string;
  readonly elements: MdocElements;
  readonly validity: MdocValidity;
  readonly status: StatusReference | undefined;
  readonly deviceKey: CheckedP256Jwk;
  readonly keyAuthorizations: KeyAuthorizations;
  /** The chain that `findIssuerKey` took. DER, leaf first. */
  readonly x5chain: readonly Uint8Array[];
  readonly [verified]: true;
};

/** What a signer is looked up by. NOT authenticated yet: trust comes only from the caller's own anchors. */
export type UnverifiedMdocIssuer = {
  /** DER, leaf first; never empty. */
  readonly x5chain: readonly Uint8Array[];
  readonly docType: string;
  readonly signedSeconds: number;
};

export type VerifyMdocOptions = {
  /** Verifies the chain (profile, usage, anchors) and answers the leaf's key, or undefined where it is not trusted. */
  readonly findIssuerKey: (issuer: UnverifiedMdocIssuer) => VerifyKey | undefined;
  readonly nowSeconds: number;
  readonly crypto: Pick<CryptoPort, 'sha256' | 'importVerifyKey' | 'verifyEs256'>;
  /** Types the caller can handle; any, where absent. */
  readonly acceptedDocTypes?: readonly string[];
  /** For validFrom and validUntil. Default 0. */
  readonly clockToleranceSeconds?: number;
};

/**
 * Verifies what an issuer signed (ISO/IEC 18013-5 §9.3.1 steps 1 to 5): signature by a key the caller trusts, the
 * digest of every element over its bytes as received, type, validity. Chain validation is the caller's.
 *
 * @throws MdocError `mdoc-unknown-issuer`, `mdoc-issuer-signature-invalid`, `mdoc-doc-type-not-accepted`,
 *   `mdoc-digest-missing`, `mdoc-digest-wrong`, `mdoc-not-yet-valid`, `mdoc-expired`.
 */
export function verifyIssuerSigned(parsed: ParsedIssuerSigned, options: VerifyMdocOptions): VerifiedMdoc {
  const { mso, issuerAuth, x5chain } = parsed;
  const { docType, validity, status, deviceKey, keyAuthorizations } = mso;
  const key = options.findIssuerKey({ x5chain, docType, signedSeconds: validity.signedSeconds });
  if (key === undefined) throw new MdocError('mdoc-unknown-issuer', 'no trusted key for this chain');
  if (!verifySign1(options.crypto, issuerAuth, key))
    throw new MdocError('mdoc-issuer-signature-invalid', 'the issuer signature does not verify');
  if (options.acceptedDocTypes?.includes(docType) === false)
    throw new MdocError('mdoc-doc-type-not-accepted', 'nobody asked for this type');
  for (const [namespace, items] of parsed.items) {
    for (const item of items) requireDigest(item, mso.digests.get(namespace), options.crypto);
  }
  requireValidAt(validity, options);
  const elements = elementsOf(parsed);
  return { docType, elements, validity, status, deviceKey, keyAuthorizations, x5chain } as unknown as VerifiedMdoc;
}

function requireDigest(
  item: IssuerSignedItem,
  digests: ReadonlyMap<number, Uint8Array> | undefined,
  crypto: Pick<CryptoPort, 'sha256'>,
): void {
  const digest = digests?.get(item.digestId);
  if (digest === undefined) throw new MdocError('mdoc-digest-missing', 'an element has no digest in the MSO');
  if (!equalBytes(crypto.sha256(item.encoded), digest))
    throw new MdocError('mdoc-digest-wrong', 'an element is not what the issuer signed');
}

function requireValidAt(validity: MdocValidity, options: VerifyMdocOptions): void {
  const tolerance = options.clockToleranceSeconds ?? 0;
  if (options.nowSeconds + tolerance < validity.validFromSeconds)
    throw new MdocError('mdoc-not-yet-valid', 'validFrom lies ahead');
  if (options.nowSeconds - tolerance >= validity.validUntilSeconds)
    throw new MdocError('mdoc-expired', 'validUntil has passed');
}
