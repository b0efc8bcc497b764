import { type CborItem, type CborItemMap, type CborTagged, cborTag, isTagged } from '../cbor/cbor-value.js';
import { decodeReceivedCbor } from '../cbor/decode-cbor.js';
import type { ParsedSign1 } from '../cose/parse-sign1.js';
import { receivedSign1Of } from '../cose/received-sign1.js';
import { coseLabel } from '../cose/sign1-bytes.js';
import { x5chainOf } from '../cose/x5chain.js';
import { MdocError, refusingAsMdoc } from './errors.js';
import {
  ITEM_RANDOM_MIN_BYTES,
  MDOC_ITEM_MAX_DEPTH,
  MDOC_MAX_BYTES,
  MDOC_MAX_DEPTH,
  MDOC_MAX_ELEMENTS,
  MDOC_MAX_NAMESPACES,
} from './limits.js';
import { digestIdOf, type MobileSecurityObject, parseMobileSecurityObject } from './mobile-security-object.js';
import { closedMapOf, listOf, mapOf, nameOf } from './read-map.js';

/** One element. `encoded` are the IssuerSignedItemBytes exactly as received: what the digest is of. */
export type IssuerSignedItem = {
  readonly digestId: number;
  readonly element: string;
  readonly value: CborItem;
  readonly encoded: Uint8Array;
};

/** An IssuerSigned (ISO/IEC 18013-5 §8.3.2.1.2.2) that was read: NOTHING in it is authenticated. */
export type ParsedIssuerSigned = {
  readonly items: ReadonlyMap<string, readonly IssuerSignedItem[]>;
  readonly issuerAuth: ParsedSign1;
  /** DER, leaf first. */
  readonly x5chain: readonly Uint8Array[];
  readonly mso: MobileSecurityObject;
};

/** Reads an IssuerSigned, as OpenID4VCI issues it (Appendix A.2). @throws MdocError */
export function parseIssuerSigned(bytes: Uint8Array): ParsedIssuerSigned {
  return refusingAsMdoc(() =>
    issuerSignedOf(decodeReceivedCbor(bytes, { maxBytes: MDOC_MAX_BYTES, maxDepth: MDOC_MAX_DEPTH })),
  );
}

/** {@link parseIssuerSigned} for an item that is decoded already. @throws MdocError, DocumentError */
export function issuerSignedOf(item: CborItem | undefined): ParsedIssuerSigned {
  const issuerSigned = closedMapOf(item, 'IssuerSigned', ['nameSpaces', 'issuerAuth']);
  const issuerAuth = receivedSign1Of(issuerSigned.get('issuerAuth'));
  // §9.1.2.4: alg is protected. Outside, anybody on the way could change it.
  if (!issuerAuth.protectedHeader.has(coseLabel.alg)) throw new MdocError('mdoc-malformed', 'alg is not protected');
  const x5chain = x5chainOf(issuerAuth);
  if (x5chain.length === 0) throw new MdocError('mdoc-chain-missing', 'IssuerAuth names no certificate');
  const items = itemsOf(mapOf(issuerSigned.get('nameSpaces') ?? new Map(), 'nameSpaces'));
  return { items, issuerAuth, x5chain, mso: parseMobileSecurityObject(issuerAuth.payload) };
}

function itemsOf(nameSpaces: CborItemMap): ParsedIssuerSigned['items'] {
  if (nameSpaces.size > MDOC_MAX_NAMESPACES) throw new MdocError('mdoc-too-many-elements', 'namespaces');
  let count = 0;
  const items = new Map<string, readonly IssuerSignedItem[]>();
  for (const [namespace, list] of nameSpaces) {
    const encoded = listOf(list, 'items of a namespace');
    count += encoded.length;
    if (count > MDOC_MAX_ELEMENTS) throw new MdocError('mdoc-too-many-elements', 'elements');
    const read = encoded.map(itemOf);
    if (new Set(read.map(({ element }) => element)).size !== read.length)
      throw new MdocError('mdoc-element-repeated', 'an element is there twice');
    if (new Set(read.map(({ digestId }) => digestId)).size !== read.length)
      throw new MdocError('mdoc-digest-id-repeated', 'two items have one digest');
    items.set(nameOf(namespace, 'namespace'), read);
  }
  return items;
}

function itemOf(item: CborItem): IssuerSignedItem {
  const { value, encoded } = encodedItem(item, 'an IssuerSignedItem');
  const fields = mapOf(decodeReceivedCbor(value, { maxBytes: MDOC_MAX_BYTES, maxDepth: MDOC_ITEM_MAX_DEPTH }), 'item');
  const random = fields.get('random');
  if (!(random instanceof Uint8Array)) throw new MdocError('mdoc-malformed', 'random is no byte string');
  // §9.1.2.5: shorter, the value could be found by trying.
  if (random.length < ITEM_RANDOM_MIN_BYTES) throw new MdocError('mdoc-random-too-short', 'less than 16 bytes');
  const elementValue = fields.get('elementValue');
  if (elementValue === undefined) throw new MdocError('mdoc-malformed', 'there is no elementValue');
  return {
    digestId: digestIdOf(fields.get('digestID')),
    element: nameOf(fields.get('elementIdentifier'), 'elementIdentifier'),
    value: elementValue,
    encoded,
  };
}

/** A byte string with tag 24 and the bytes of both as received. @throws MdocError `mdoc-malformed` */
export function encodedItem(item: CborItem | undefined, what: string): { value: Uint8Array; encoded: Uint8Array } {
  const { value, encoded }: Partial<CborTagged> = isTagged(item, cborTag.encodedCbor) ? item : {};
  if (!(value instanceof Uint8Array) || encoded === undefined)
    throw new MdocError('mdoc-malformed', `${what} is no encoded CBOR item`);
  return { value, encoded };
}
