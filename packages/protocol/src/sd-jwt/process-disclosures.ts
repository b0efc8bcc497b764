import { isJsonObject, type JsonObject, type JsonValue } from '../base64url/strict-json.js';
import type { Disclosure } from './disclosure.js';
import { SdJwtError } from './errors.js';
import { DEFAULT_SD_JWT_LIMITS } from './parse-sd-jwt.js';

/** Names and indices from the root; an index counts in the issued array, undisclosed elements included. */
export type ClaimPath = readonly (string | number)[];

/** Where a disclosure belongs; `parent` is the disclosure whose value holds its digest. */
export type DisclosedClaim = {
  readonly path: ClaimPath;
  readonly disclosure: Disclosure;
  readonly parent: DisclosedClaim | undefined;
};

/** `claims` is the payload with everything disclosed in place and every trace of SD-JWT removed. */
export type ProcessedClaims = { readonly claims: JsonObject; readonly disclosed: readonly DisclosedClaim[] };

type Walk = {
  readonly byDigest: ReadonlyMap<string, Disclosure>;
  readonly seen: Set<string>;
  readonly disclosed: DisclosedClaim[];
  readonly maxDepth: number;
};
type Place = { readonly path: ClaimPath; readonly parent: DisclosedClaim | undefined };

/**
 * Puts disclosures in their places (RFC 9901 §7.1 step 3 to 5). Does not check any signature.
 *
 * @throws SdJwtError `sd-alg-not-supported` (sha-256 only), `digest-malformed`, `digest-repeated`,
 *   `disclosure-element-count`, `claim-name-reserved`, `claim-name-exists`, `disclosure-orphan`, `sd-jwt-too-deep`.
 */
export function processDisclosures(
  payload: JsonObject,
  disclosures: readonly Disclosure[],
  limits: { readonly maxDepth: number } = DEFAULT_SD_JWT_LIMITS,
): ProcessedClaims {
  if (Object.hasOwn(payload, '_sd_alg') && payload._sd_alg !== 'sha-256') {
    throw new SdJwtError('sd-alg-not-supported', 'only sha-256 is supported');
  }
  const byDigest = new Map<string, Disclosure>();
  for (const disclosure of disclosures) byDigest.set(disclosure.digest, disclosure);
  if (byDigest.size !== disclosures.length) throw new SdJwtError('disclosure-repeated', 'a disclosure is there twice');
  const walk: Walk = { byDigest, seen: new Set(), disclosed: [], maxDepth: limits.maxDepth };
  const { _sd_alg: _, ...claims } = processObject(walk, payload, { path: [], parent: undefined }, 1);
  if (walk.disclosed.length !== disclosures.length) {
    throw new SdJwtError('disclosure-orphan', 'no digest refers to a disclosure');
  }
  return { claims, disclosed: walk.disclosed };
}

function processValue(walk: Walk, value: JsonValue, place: Place, depth: number): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > walk.maxDepth) throw new SdJwtError('sd-jwt-too-deep', `more than ${walk.maxDepth} levels`);
  return isJsonObject(value)
    ? processObject(walk, value, place, depth)
    : processArray(walk, value as readonly JsonValue[], place, depth);
}

function processObject(walk: Walk, object: JsonObject, place: Place, depth: number): JsonObject {
  const result: { [name: string]: JsonValue } = {};
  for (const [name, value] of Object.entries(object)) {
    if (name === '_sd') continue;
    if (name === '...') throw new SdJwtError('claim-name-reserved', '"..." stands outside an array element');
    result[name] = processValue(walk, value, { path: [...place.path, name], parent: place.parent }, depth + 1);
  }
  if (!Object.hasOwn(object, '_sd')) return result;
  const digests = object._sd;
  if (!Array.isArray(digests)) throw new SdJwtError('digest-malformed', '_sd is not an array');
  for (const digest of digests) {
    const disclosure = takeDigest(walk, digest);
    if (disclosure === undefined) continue;
    const { name } = disclosure;
    if (name === undefined) throw new SdJwtError('disclosure-element-count', 'a member needs three elements');
    if (Object.hasOwn(object, name) || Object.hasOwn(result, name)) {
      throw new SdJwtError('claim-name-exists', 'a disclosed claim name exists at its level');
    }
    result[name] = processDisclosed(walk, disclosure, { path: [...place.path, name], parent: place.parent }, depth);
  }
  return result;
}

function processArray(walk: Walk, array: readonly JsonValue[], place: Place, depth: number): JsonValue[] {
  const result: JsonValue[] = [];
  for (const [index, element] of array.entries()) {
    const at: Place = { path: [...place.path, index], parent: place.parent };
    if (!isJsonObject(element) || !Object.hasOwn(element, '...')) {
      result.push(processValue(walk, element, at, depth + 1));
      continue;
    }
    // RFC 9901 §4.2.4.2: there must not be any other keys in the object.
    if (Object.keys(element).length !== 1) throw new SdJwtError('digest-malformed', 'members beside "..."');
    const disclosure = takeDigest(walk, element['...']);
    if (disclosure === undefined) continue;
    if (disclosure.name !== undefined)
      throw new SdJwtError('disclosure-element-count', 'an element needs two elements');
    result.push(processDisclosed(walk, disclosure, at, depth));
  }
  return result;
}

function processDisclosed(walk: Walk, disclosure: Disclosure, place: Place, depth: number): JsonValue {
  const claim: DisclosedClaim = { path: place.path, disclosure, parent: place.parent };
  walk.disclosed.push(claim);
  return processValue(walk, disclosure.value, { path: place.path, parent: claim }, depth + 1);
}

function takeDigest(walk: Walk, digest: unknown): Disclosure | undefined {
  if (typeof digest !== 'string') throw new SdJwtError('digest-malformed', 'a digest is not a string');
  if (walk.seen.has(digest)) throw new SdJwtError('digest-repeated', 'a digest is there twice');
  walk.seen.add(digest);
  return walk.byDigest.get(digest);
}
