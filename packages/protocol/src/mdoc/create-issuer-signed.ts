import type { CborEncoded, CborItem, CborItemMap } from '../cbor/cbor-value.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { prepareSign1, sign1Item } from '../cose/create-sign1.js';
import { coseEs256, coseLabel } from '../cose/sign1-bytes.js';
import { x5chainValue } from '../cose/x5chain.js';
import type { HashPort, Sign } from '../crypto/port.js';
import type { CheckedP256Jwk } from '../jws/p256-jwk.js';
import type { StatusReference } from '../status-list/status-reference.js';
import { coseKeyOf } from './device-key.js';
import { type EncodedMdocElements, issuerSignedItemBytes, taggedBytes } from './encode-elements.js';
import { ITEM_RANDOM_BYTES } from './limits.js';
import type { MdocValidity } from './mobile-security-object.js';
import { type MdocRandomSource, shuffledIds } from './random-source.js';
import { tdate } from './tdate.js';

/** A document signer's unprotected header, made once for all it signs. Made by {@link createMdocSigner}. */
export type MdocSigner = { readonly unprotectedHeader: CborItemMap };

/** `x5chain` is DER, leaf first and without the root (ISO/IEC 18013-5 §9.1.2.4). @throws TypeError */
export function createMdocSigner(signer: { readonly x5chain: readonly Uint8Array[] }): MdocSigner {
  const chain: CborEncoded = { encoded: encodeCbor(x5chainValue(signer.x5chain)) };
  return { unprotectedHeader: new Map([[coseLabel.x5chain, chain]]) };
}

/** Equal times for a whole batch keep its copies unlinkable by them. */
export type IssuerSignedInput = {
  readonly docType: string;
  readonly elements: EncodedMdocElements;
  readonly deviceKey: CheckedP256Jwk;
  readonly signer: MdocSigner;
  readonly validity: MdocValidity;
  /** An entry used for this copy only (Token Status List §13.2), in a list of CWT form. */
  readonly status: StatusReference;
  readonly random: MdocRandomSource;
  readonly sha256: HashPort['sha256'];
};

/** `toBeSigned` goes under ES256. */
export type PreparedIssuerSigned = {
  readonly toBeSigned: Uint8Array;
  readonly payload: Uint8Array;
  readonly nameSpaces: CborItemMap;
  readonly signer: MdocSigner;
};

/** `{1: -7}` */
const protectedBytes = encodeCbor(new Map([[coseLabel.alg, coseEs256]]));

/**
 * Builds one copy of an mdoc up to its signature (ISO/IEC 18013-5 §9.1.2). Each element gets 32 random bytes of its
 * own, digest identifiers are shuffled. Write the status entry down before signing.
 *
 * @throws TypeError where a time or the index is not a whole number, or the times are not in order.
 */
export function prepareIssuerSigned(input: IssuerSignedInput): PreparedIssuerSigned {
  const nameSpaces = new Map<string, CborItem>();
  const valueDigests = new Map<string, CborItem>();
  for (const [namespace, tails] of input.elements.namespaces) {
    const ids = shuffledIds(tails.length, input.random);
    const items = tails.map((tail, at) =>
      issuerSignedItemBytes(tail, input.random(ITEM_RANDOM_BYTES), ids[at] as number),
    );
    nameSpaces.set(
      namespace,
      items.map((encoded) => ({ encoded })),
    );
    valueDigests.set(namespace, new Map(items.map((encoded, at) => [ids[at] as number, input.sha256(encoded)])));
  }
  const payload = taggedBytes(encodeCbor(mobileSecurityObject(input, valueDigests)));
  return { toBeSigned: prepareSign1({ protectedBytes, payload }), payload, nameSpaces, signer: input.signer };
}

/** The IssuerSigned of a prepared copy and its ES256 signature. OpenID4VCI issues it as base64url text. */
export function assembleIssuerSigned(prepared: PreparedIssuerSigned, signature: Uint8Array): Uint8Array {
  const { payload, nameSpaces, signer } = prepared;
  const issuerAuth = sign1Item({ protectedBytes, payload }, signer, signature);
  return encodeCbor(
    new Map<string, CborItem>([
      ['nameSpaces', nameSpaces],
      ['issuerAuth', issuerAuth],
    ]),
  );
}

/** Creates one copy at once. */
export function createIssuerSigned(input: IssuerSignedInput & { readonly sign: Sign }): Uint8Array {
  const prepared = prepareIssuerSigned(input);
  return assembleIssuerSigned(prepared, input.sign(prepared.toBeSigned));
}

function mobileSecurityObject(input: IssuerSignedInput, valueDigests: CborItemMap): CborItemMap {
  const { validity, status } = input;
  const { signedSeconds, validFromSeconds, validUntilSeconds } = validity;
  if (validFromSeconds < signedSeconds || validUntilSeconds <= validFromSeconds)
    throw new TypeError('signed, validFrom and validUntil are in this order');
  if (!Number.isSafeInteger(status.index) || status.index < 0) throw new TypeError('an index is a whole number');
  return new Map<string, CborItem>([
    ['version', '1.0'],
    ['digestAlgorithm', 'SHA-256'],
    ['valueDigests', valueDigests],
    ['deviceKeyInfo', new Map([['deviceKey', coseKeyOf(input.deviceKey)]])],
    ['docType', input.docType],
    [
      'validityInfo',
      new Map([
        ['signed', tdate(signedSeconds)],
        ['validFrom', tdate(validFromSeconds)],
        ['validUntil', tdate(validUntilSeconds)],
      ]),
    ],
    [
      'status',
      new Map([
        [
          'status_list',
          new Map<string, CborItem>([
            ['idx', status.index],
            ['uri', status.uri],
          ]),
        ],
      ]),
    ],
  ]);
}
