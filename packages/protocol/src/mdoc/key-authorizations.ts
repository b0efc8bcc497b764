import type { CborItem } from '../cbor/cbor-value.js';
import { MdocError } from './errors.js';
import { listOf, mapOf, nameOf } from './read-map.js';

/** What the holder's key may sign itself (ISO/IEC 18013-5 §9.1.2.4): whole namespaces, and single elements. */
export type KeyAuthorizations = {
  readonly namespaces: ReadonlySet<string>;
  readonly elements: ReadonlyMap<string, ReadonlySet<string>>;
};

/** Nothing where the issuer said nothing. @throws MdocError `mdoc-malformed` */
export function keyAuthorizationsOf(item: CborItem | undefined): KeyAuthorizations {
  if (item === undefined) return { namespaces: new Set(), elements: new Map() };
  const authorizations = mapOf(item, 'keyAuthorizations');
  const names = (list: CborItem | undefined, what: string) =>
    new Set(list === undefined ? [] : listOf(list, what).map((name) => nameOf(name, what)));
  const namespaces = names(authorizations.get('nameSpaces'), 'an authorised namespace');
  const elements = new Map<string, ReadonlySet<string>>();
  for (const [namespace, list] of mapOf(authorizations.get('dataElements') ?? new Map(), 'dataElements')) {
    // §9.1.2.4: a namespace that is authorised as a whole is not there a second time.
    if (namespaces.has(String(namespace))) throw new MdocError('mdoc-malformed', 'a namespace is authorised twice');
    elements.set(nameOf(namespace, 'an authorised namespace'), names(list, 'an authorised element'));
  }
  return { namespaces, elements };
}

export function mayBeDeviceSigned(authorizations: KeyAuthorizations, namespace: string, element: string): boolean {
  return authorizations.namespaces.has(namespace) || authorizations.elements.get(namespace)?.has(element) === true;
}
