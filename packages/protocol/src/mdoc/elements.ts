import { encodeBase64url } from '../base64url/base64url.js';
import type { JsonObject, JsonValue } from '../base64url/strict-json.js';
import { type CborItem, isCborItemMap } from '../cbor/cbor-value.js';
import type { ParsedIssuerSigned } from './parse-issuer-signed.js';

/** Values by namespace and element identifier. */
export type MdocElements = ReadonlyMap<string, ReadonlyMap<string, CborItem>>;

/** The elements of what an issuer signed, read or verified alike. */
export function elementsOf({ items }: Pick<ParsedIssuerSigned, 'items'>): MdocElements {
  return new Map(
    [...items].map(([namespace, list]) => [namespace, new Map(list.map(({ element, value }) => [element, value]))]),
  );
}

/**
 * Elements as JSON, so that one policy and one DCQL check serve both formats: `{namespace: {element: value}}`, byte
 * strings as base64url, a tagged item (a date, say) as what is tagged, integer keys as text.
 */
export function jsonOfElements(elements: MdocElements): JsonObject {
  // fromEntries defines own properties, so a name such as __proto__ stays a plain member.
  return Object.fromEntries(
    [...elements].map(([namespace, values]) => [
      namespace,
      Object.fromEntries([...values].map(([name, value]) => [name, jsonOfItem(value)])),
    ]),
  );
}

export function jsonOfItem(item: CborItem): JsonValue {
  if (item === null || typeof item !== 'object') return item;
  if (item instanceof Uint8Array) return encodeBase64url(item);
  if (isCborItemMap(item)) {
    return Object.fromEntries([...item].map(([key, value]) => [String(key), jsonOfItem(value)]));
  }
  if (Array.isArray(item)) return (item as readonly CborItem[]).map(jsonOfItem);
  return 'tag' in item ? jsonOfItem(item.value) : encodeBase64url((item as { encoded: Uint8Array }).encoded);
}
