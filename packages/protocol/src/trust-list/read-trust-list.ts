import { decodeBase64url } from '../base64url/base64url.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../base64url/strict-json.js';
import { TrustListError } from './errors.js';
import {
  anchorsMax,
  type RetiredSigner,
  retiredMax,
  type TrustEntry,
  type TrustList,
  trustListMaxEntries,
  trustStates,
} from './trust-list.js';

const DIGEST_BYTES = 32;
const KID_BYTES = 8;
const MAX_ANCHOR_BYTES = 4_096;

/**
 * The list a payload says. Every member is required but `previous` and `next_key`; members nobody knows are left out,
 * so that a later edition can add some. No two entries share a code or an issuer: an issuer is entitled to one code.
 * @throws TrustListError `trust-list-malformed`
 */
export function readTrustList(payload: JsonObject): TrustList {
  const universities = payload.universities;
  if (!Array.isArray(universities) || universities.length > trustListMaxEntries)
    throw malformed(`universities is an array of at most ${trustListMaxEntries}`);
  const entries = (universities as readonly JsonValue[]).map(readEntry);
  for (const key of ['universityCode', 'issuerUrl'] as const)
    if (new Set(entries.map((entry) => entry[key])).size !== entries.length)
      throw malformed(`two entries share ${key}`);
  const list: TrustList = {
    sequence: readSeconds(payload, 'sequence'),
    issuedAtSeconds: readSeconds(payload, 'iat'),
    nextUpdateSeconds: readSeconds(payload, 'next_update'),
    expiresSeconds: readSeconds(payload, 'exp'),
    previousDigest: payload.previous === undefined ? undefined : readBytes(payload, 'previous', DIGEST_BYTES),
    nextKeyDigest: payload.next_key === undefined ? undefined : readBytes(payload, 'next_key', DIGEST_BYTES),
    entries,
  };
  const inOrder = list.issuedAtSeconds < list.nextUpdateSeconds && list.nextUpdateSeconds <= list.expiresSeconds;
  if (list.sequence < 1 || !inOrder) throw malformed('sequence or times are out of order');
  return list;
}

function readEntry(value: JsonValue): TrustEntry {
  if (!isJsonObject(value)) throw malformed('an entry is an object');
  const { names, anchors, reader_anchors: readerAnchors = [], state, retired } = value;
  if (!isJsonObject(names)) throw malformed('names is an object');
  const read = readAnchors(anchors, 'anchors');
  if (read.length === 0) throw malformed('anchors is empty');
  if (!Array.isArray(retired) || retired.length > retiredMax)
    throw malformed(`retired is an array of at most ${retiredMax}`);
  const known = trustStates.find((one) => one === state);
  if (known === undefined) throw malformed('state is none of active, suspended, withdrawn');
  const universityCode = readText(value, 'university_code', 10);
  if (!/^\d{10}$/.test(universityCode)) throw malformed('university_code is ten digits');
  return {
    universityCode,
    names: { zh: readText(names, 'zh-CN', 200), en: readText(names, 'en', 200) },
    issuerUrl: readOrigin(value, 'issuer'),
    anchors: read,
    readerAnchors: readAnchors(readerAnchors, 'reader_anchors'),
    state: known,
    sinceSeconds: readSeconds(value, 'since'),
    retired: (retired as readonly JsonValue[]).map(readRetired),
    passKeysUrl: readUrl(value, 'pass_keys'),
    statusAggregateUrl: readUrl(value, 'status_aggregate'),
  };
}

function readAnchors(value: JsonValue | undefined, name: string): Uint8Array[] {
  if (!Array.isArray(value) || value.length > anchorsMax)
    throw malformed(`${name} is an array of at most ${anchorsMax}`);
  return (value as readonly JsonValue[]).map((anchor) => {
    const der = decode(anchor, name);
    if (der.length > MAX_ANCHOR_BYTES) throw malformed('an anchor is too large');
    return der;
  });
}

function readRetired(value: JsonValue): RetiredSigner {
  if (!isJsonObject(value)) throw malformed('a retired signer is an object');
  if (decode(value.kid, 'kid').length !== KID_BYTES) throw malformed('kid is 8 bytes');
  return { kid: value.kid as string, sinceSeconds: readSeconds(value, 'since') };
}

function readSeconds(object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw malformed(`${name} is not a whole number`);
  return value;
}

function readText(object: JsonObject, name: string, maxLength: number): string {
  const value = object[name];
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength)
    throw malformed(`${name} is not a text of 1 to ${maxLength} characters`);
  return value;
}

function readUrl(object: JsonObject, name: string): string {
  const value = readText(object, name, 500);
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const fits = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.hash === '';
  if (!fits || url.href.replace(/\/$/, '') !== value.replace(/\/$/, '')) throw malformed(`${name} is no plain address`);
  return value;
}

/** A credential issuer identifier is compared byte for byte, so only its one spelling is taken: no path, no slash. */
function readOrigin(object: JsonObject, name: string): string {
  const value = readUrl(object, name);
  if (new URL(value).origin !== value) throw malformed(`${name} is not scheme, host and port alone`);
  return value;
}

function readBytes(object: JsonObject, name: string, length: number): Uint8Array {
  const bytes = decode(object[name], name);
  if (bytes.length !== length) throw malformed(`${name} is not ${length} bytes`);
  return bytes;
}

function decode(value: JsonValue | undefined, name: string): Uint8Array {
  if (typeof value !== 'string') throw malformed(`${name} is not a text`);
  try {
    return decodeBase64url(value);
  } catch (cause) {
    throw new TrustListError('trust-list-malformed', `${name} is not canonical base64url`, { cause });
  }
}

const malformed = (message: string) => new TrustListError('trust-list-malformed', message);
