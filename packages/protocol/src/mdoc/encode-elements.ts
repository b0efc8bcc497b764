import { concatBytes } from '../bytes/bytes.js';
import { ascii } from '../bytes/text.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { bstrLength, writeBstr } from '../cose/sign1-bytes.js';
import type { MdocElements } from './elements.js';
import { ITEM_RANDOM_BYTES, MDOC_MAX_ELEMENTS, MDOC_MAX_NAMESPACES } from './limits.js';

declare const encodedBrand: unique symbol;

/** Elements of one person, encoded once for all copies of a batch. Made only by {@link encodeMdocElements}. */
export type EncodedMdocElements = {
  /** For each element the end of its IssuerSignedItem: value and identifier. */
  readonly namespaces: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly [encodedBrand]: true;
};

/** The deterministic order of an IssuerSignedItem's members: random, digestID, elementValue, elementIdentifier. */
const itemStart = concatBytes(Uint8Array.of(0xa4, 0x66), ascii('random'), Uint8Array.of(0x58, ITEM_RANDOM_BYTES));
const digestIdKey = encodeCbor('digestID');
const valueKey = encodeCbor('elementValue');
const identifierKey = encodeCbor('elementIdentifier');

/** @throws TypeError for nothing or too much to sign, or a value without an encoding */
export function encodeMdocElements(elements: MdocElements): EncodedMdocElements {
  const count = [...elements.values()].reduce((sum, { size }) => sum + size, 0);
  if (count === 0 || count > MDOC_MAX_ELEMENTS || elements.size > MDOC_MAX_NAMESPACES)
    throw new TypeError(`an mdoc has 1 to ${MDOC_MAX_ELEMENTS} elements in ${MDOC_MAX_NAMESPACES} namespaces at most`);
  const namespaces = new Map(
    [...elements].map(([namespace, values]) => [
      namespace,
      [...values].map(([name, value]) => concatBytes(valueKey, encodeCbor(value), identifierKey, encodeCbor(name))),
    ]),
  );
  return { namespaces } as unknown as EncodedMdocElements;
}

/** IssuerSignedItemBytes: the item in a byte string with tag 24 (ISO/IEC 18013-5 §8.3.2.1.2.2). */
export function issuerSignedItemBytes(tail: Uint8Array, random: Uint8Array, digestId: number): Uint8Array {
  if (random.length !== ITEM_RANDOM_BYTES) throw new TypeError(`random has ${ITEM_RANDOM_BYTES} bytes`);
  return taggedBytes(concatBytes(itemStart, random, digestIdKey, encodeCbor(digestId), tail));
}

/** An encoded item as a byte string with tag 24. */
export function taggedBytes(encoded: Uint8Array): Uint8Array {
  const out = new Uint8Array(2 + bstrLength(encoded));
  out[0] = 0xd8;
  out[1] = 0x18;
  writeBstr(out, 2, encoded);
  return out;
}
