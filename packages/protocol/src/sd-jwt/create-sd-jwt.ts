import {
  assembleJws,
  encodeJwsHeader,
  type JwsHeader,
  type PreparedJws,
  prepareEncodedJws,
} from '../jws/create-jws.js';
import type { DigestText } from './digest-text.js';
import { encodeElementTail, encodeMemberTail, type SaltSource } from './disclosure.js';

const selectiveMark = Symbol('selective');
const decoysMark = Symbol('decoys');

/** A value whose disclosure the holder decides. Made by {@link selective}. */
export type Selective = { readonly [selectiveMark]: true; readonly value: SdTree };
type WithDecoys = { readonly [decoysMark]: number; readonly value: SdTree };

/** JSON in which members and elements may be marked; marks nest (RFC 9901 §4.2.6, recursive disclosures). */
export type SdTree =
  | string
  | number
  | boolean
  | null
  | Selective
  | WithDecoys
  | readonly SdTree[]
  | { readonly [name: string]: SdTree };

/** Marks an object member or array element as selectively disclosable. */
export function selective(value: SdTree): Selective {
  return { [selectiveMark]: true, value };
}

/** Adds `count` decoy digests to an object or array (RFC 9901 §4.2.5). */
export function withDecoys(value: SdTree, count: number): WithDecoys {
  return { [decoysMark]: count, value };
}

export type SdTools = { readonly salts: SaltSource; readonly digestText: DigestText };
export type PreparedSdJwt = PreparedJws & { readonly disclosures: readonly string[] };

/**
 * Builds an SD-JWT up to its signature (RFC 9901 §4). Each `_sd` is sorted, so that its order tells nothing.
 * `claims` is the payload with marks. @throws TypeError for reserved names and marks at the root.
 */
export function prepareSdJwt(
  header: JwsHeader,
  claims: { readonly [name: string]: SdTree } | WithDecoys,
  tools: SdTools,
): PreparedSdJwt {
  const disclosures: string[] = [];
  const payload = encodeTree(claims, tools, disclosures);
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new TypeError('the payload of an SD-JWT is an object');
  }
  return finishSdJwt(encodeJwsHeader(header), JSON.stringify({ ...payload, _sd_alg: 'sha-256' }), disclosures);
}

/** Joins disclosures and a payload that is ready as JSON text, `_sd_alg` (RFC 9901 §4.1.1) included. */
export function finishSdJwt(encodedHeader: string, payloadJson: string, disclosures: readonly string[]): PreparedSdJwt {
  const { encoded, signingInput } = prepareEncodedJws(encodedHeader, payloadJson);
  return { encoded, signingInput, disclosures };
}

/** Joins a prepared SD-JWT and its ES256 signature; the text ends with `~`. */
export function assembleSdJwt(prepared: PreparedSdJwt, signature: Uint8Array): string {
  const jws = assembleJws(prepared, signature);
  return prepared.disclosures.length === 0 ? `${jws}~` : `${jws}~${prepared.disclosures.join('~')}~`;
}

/** Creates an SD-JWT at once. `sign` answers ES256 r||s over the bytes it is given. */
export function createSdJwt(
  header: JwsHeader,
  claims: { readonly [name: string]: SdTree } | WithDecoys,
  tools: SdTools & { readonly sign: (data: Uint8Array) => Uint8Array },
): string {
  const prepared = prepareSdJwt(header, claims, tools);
  return assembleSdJwt(prepared, tools.sign(prepared.signingInput));
}

function encodeTree(tree: SdTree, tools: SdTools, disclosures: string[]): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (isSelective(tree)) throw new TypeError('a mark stands on an object member or an array element');
  const decoys = isWithDecoys(tree) ? tree[decoysMark] : 0;
  const value = isWithDecoys(tree) ? tree.value : tree;
  if (isTreeArray(value)) return encodeElements(value, decoys, tools, disclosures);
  if (typeof value === 'object' && value !== null && !isSelective(value) && !isWithDecoys(value)) {
    return encodeMembers(value, decoys, tools, disclosures);
  }
  throw new TypeError('decoys stand on an object or an array');
}

function encodeMembers(
  members: { readonly [name: string]: SdTree },
  decoys: number,
  tools: SdTools,
  disclosures: string[],
): unknown {
  const digests: string[] = [];
  const plain: { [name: string]: unknown } = {};
  for (const [name, member] of Object.entries(members)) {
    if (name === '_sd' || name === '...') throw new TypeError(`a claim cannot be named ${name}`);
    if (!isSelective(member)) {
      plain[name] = encodeTree(member, tools, disclosures);
      continue;
    }
    const encoded = tools.salts() + encodeMemberTail(name, encodeTree(member.value, tools, disclosures));
    disclosures.push(encoded);
    digests.push(tools.digestText(encoded));
  }
  for (let count = 0; count < decoys; count += 1) digests.push(tools.digestText(tools.salts()));
  return digests.length === 0 ? plain : { _sd: digests.sort(), ...plain };
}

function encodeElements(elements: readonly SdTree[], decoys: number, tools: SdTools, disclosures: string[]): unknown {
  const encodedElements = elements.map((element) => {
    if (!isSelective(element)) return encodeTree(element, tools, disclosures);
    const encoded = tools.salts() + encodeElementTail(encodeTree(element.value, tools, disclosures));
    disclosures.push(encoded);
    return { '...': tools.digestText(encoded) };
  });
  for (let count = 0; count < decoys; count += 1) encodedElements.push({ '...': tools.digestText(tools.salts()) });
  return encodedElements;
}

function isSelective(tree: SdTree): tree is Selective {
  return typeof tree === 'object' && tree !== null && selectiveMark in tree;
}

function isWithDecoys(tree: SdTree): tree is WithDecoys {
  return typeof tree === 'object' && tree !== null && decoysMark in tree;
}

function isTreeArray(tree: SdTree): tree is readonly SdTree[] {
  return Array.isArray(tree);
}
