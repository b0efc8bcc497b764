import { type CborItem, type CborItemMap, cborTag, isTagged } from '../cbor/cbor-value.js';
import { decodeReceivedCbor } from '../cbor/decode-cbor.js';
import type { CheckedP256Jwk } from '../jws/p256-jwk.js';
import type { StatusReference } from '../status-list/status-reference.js';
import { deviceKeyOf } from './device-key.js';
import { MdocError } from './errors.js';
import { type KeyAuthorizations, keyAuthorizationsOf } from './key-authorizations.js';
import { DIGEST_ID_END, MDOC_MAX_BYTES, MDOC_MAX_DEPTH, MDOC_MAX_DIGESTS, MDOC_MAX_NAMESPACES } from './limits.js';
import { mapOf, nameOf } from './read-map.js';
import { secondsOfTdate } from './tdate.js';

/** When an mdoc was signed and may be used, Unix seconds. */
export type MdocValidity = {
  readonly signedSeconds: number;
  readonly validFromSeconds: number;
  readonly validUntilSeconds: number;
};

/** What an issuer signs (ISO/IEC 18013-5 §9.1.2.4), read and not yet verified. */
export type MobileSecurityObject = {
  readonly docType: string;
  /** SHA-256 by namespace and digest identifier. */
  readonly digests: ReadonlyMap<string, ReadonlyMap<number, Uint8Array>>;
  readonly deviceKey: CheckedP256Jwk;
  readonly keyAuthorizations: KeyAuthorizations;
  readonly validity: MdocValidity;
  readonly status: StatusReference | undefined;
};

/**
 * Reads the payload of an IssuerAuth: a MobileSecurityObject in a byte string with tag 24. Members nobody knows are
 * left out.
 * @throws MdocError, and DocumentError where it is no CBOR.
 */
export function parseMobileSecurityObject(payload: Uint8Array): MobileSecurityObject {
  const limits = { maxBytes: MDOC_MAX_BYTES, maxDepth: MDOC_MAX_DEPTH };
  const outer = decodeReceivedCbor(payload, limits);
  if (!isTagged(outer, cborTag.encodedCbor) || !(outer.value instanceof Uint8Array))
    throw new MdocError('mdoc-malformed', 'the payload is no encoded CBOR item');
  const mso = mapOf(decodeReceivedCbor(outer.value, limits), 'MSO');
  requireVersion(mso.get('version'));
  if (mso.get('digestAlgorithm') !== 'SHA-256')
    throw new MdocError('mdoc-digest-algorithm-not-supported', 'only SHA-256');
  const keyInfo = mapOf(mso.get('deviceKeyInfo'), 'deviceKeyInfo');
  return {
    docType: nameOf(mso.get('docType'), 'docType'),
    digests: digestsOf(mapOf(mso.get('valueDigests'), 'valueDigests')),
    deviceKey: deviceKeyOf(keyInfo.get('deviceKey')),
    keyAuthorizations: keyAuthorizationsOf(keyInfo.get('keyAuthorizations')),
    validity: validityOf(mapOf(mso.get('validityInfo'), 'validityInfo')),
    status: statusOf(mso.get('status')),
  };
}

/** Major version 1: a higher minor one only adds members, and here the issuer signed them. */
function requireVersion(version: CborItem | undefined): void {
  if (typeof version !== 'string' || !/^1\.[0-9]{1,3}$/.test(version))
    throw new MdocError('mdoc-version-not-supported', 'another version of the MSO');
}

function digestsOf(valueDigests: CborItemMap): MobileSecurityObject['digests'] {
  if (valueDigests.size > MDOC_MAX_NAMESPACES) throw new MdocError('mdoc-too-many-elements', 'namespaces');
  let count = 0;
  const digests = new Map<string, ReadonlyMap<number, Uint8Array>>();
  for (const [namespace, entries] of valueDigests) {
    const byId = mapOf(entries, 'digests of a namespace');
    count += byId.size;
    if (count > MDOC_MAX_DIGESTS) throw new MdocError('mdoc-too-many-elements', 'digests');
    digests.set(nameOf(namespace, 'namespace'), new Map([...byId].map(digestOf)));
  }
  return digests;
}

function digestOf([id, digest]: readonly [CborItem, CborItem]): [number, Uint8Array] {
  if (!(digest instanceof Uint8Array) || digest.length !== 32)
    throw new MdocError('mdoc-malformed', 'a digest is not 32 bytes');
  return [digestIdOf(id), digest];
}

/** @throws MdocError `mdoc-digest-id-malformed` */
export function digestIdOf(id: CborItem | undefined): number {
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0 || id >= DIGEST_ID_END)
    throw new MdocError('mdoc-digest-id-malformed', 'a digest identifier is not below 2^31');
  return id;
}

function validityOf(info: CborItemMap): MdocValidity {
  const signedSeconds = secondsOfTdate(info.get('signed'), 'signed');
  const validFromSeconds = secondsOfTdate(info.get('validFrom'), 'validFrom');
  const validUntilSeconds = secondsOfTdate(info.get('validUntil'), 'validUntil');
  // §9.1.2.4: validFrom is not before signed, validUntil after validFrom.
  if (validFromSeconds < signedSeconds || validUntilSeconds <= validFromSeconds)
    throw new MdocError('mdoc-validity-malformed', 'the times are not in order');
  return { signedSeconds, validFromSeconds, validUntilSeconds };
}

function statusOf(item: CborItem | undefined): StatusReference | undefined {
  if (item === undefined) return undefined;
  if (!(item instanceof Map)) throw new MdocError('mdoc-status-malformed', 'status is not a map');
  const list = item.get('status_list') as CborItem | undefined;
  // A status nobody here can check must not read as "no status".
  if (list === undefined) throw new MdocError('mdoc-status-not-supported', 'only status_list is supported');
  const uri = list instanceof Map ? list.get('uri') : undefined;
  const index = list instanceof Map ? list.get('idx') : undefined;
  if (typeof uri !== 'string' || typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0)
    throw new MdocError('mdoc-status-malformed', 'uri or idx is malformed');
  return { uri, index };
}
