import { type CborMap, type CborValue, isCborMap } from '../cbor/cbor-value.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { readFields } from '../cbor/read-fields.js';
import { type ParsedSign1, parseSign1 } from '../cose/parse-sign1.js';
import { readOwnHeader } from '../cose/verify-sign1.js';
import { DocumentError } from '../errors.js';
import {
  type PassClaims,
  type PassKind,
  type PassLevel,
  passClaimLabel,
  passKinds,
  passLevels,
  passMaxBytes,
} from './pass.js';

/** A pass that was read and not verified: nothing it says is known to be true. */
export interface ParsedPass {
  readonly kid: Uint8Array;
  readonly claims: PassClaims;
  readonly sign1: ParsedSign1;
}

const kindOf = new Map(Object.entries(passKinds).map(([name, number]) => [number as number, name as PassKind]));
const levelOf = new Map(Object.entries(passLevels).map(([name, number]) => [number as number, name as PassLevel]));

/**
 * Reads a pass: an untagged COSE_Sign1 CWT with exactly the claims of formats.md §4.
 * @throws DocumentError of `parseSign1`, `wrong-type` or `malformed`.
 */
export function parsePass(bytes: Uint8Array): ParsedPass {
  if (bytes[0] !== 0x84) throw malformed('not an untagged COSE_Sign1');
  const sign1 = parseSign1(bytes, passMaxBytes);
  const kid = readOwnHeader('pass', sign1, undefined);
  const payload = decodeCbor(sign1.payload, { maxBytes: passMaxBytes, maxDepth: 3 });
  const fields = readFields('pass', payload, [1, 4, 5, 7, 8, passClaimLabel]);
  const universityCode = fields.text(1, 10);
  if (!/^\d{10}$/.test(universityCode)) throw malformed('issuer is not a university code');
  const [kind, level, registeredUntilDay, listNumber, listIndex, ...more] = fields.array(passClaimLabel);
  if (more.length > 0) throw malformed('private claim');
  return {
    kid,
    sign1,
    claims: {
      universityCode,
      expiresSeconds: fields.uint(4, 0xffffffff),
      validFromSeconds: fields.uint(5, 0xffffffff),
      passNumber: fields.bytes(7, 8),
      holderKey: holderKey(fields.map(8)),
      kind: named(kindOf, kind),
      level: named(levelOf, level),
      registeredUntilDay: uint(registeredUntilDay, 0xffff),
      listNumber: uint(listNumber, 0xffffffff),
      listIndex: uint(listIndex, 0xffffffff),
    },
  };
}

function malformed(detail: string): DocumentError {
  return new DocumentError('pass', 'malformed', detail);
}

function uint(value: CborValue | undefined, max: number): number {
  if (typeof value !== 'number' || value < 0 || value > max) throw malformed('private claim');
  return value;
}

function named<T>(names: ReadonlyMap<number, T>, value: CborValue | undefined): T {
  const name = names.get(uint(value, 23));
  if (name === undefined) throw malformed('unknown kind or level');
  return name;
}

/** cnf of RFC 8747 §3.2 with a COSE_Key of a compressed P-256 point (RFC 9053 §7.1.1). */
function holderKey(cnf: CborMap): Uint8Array {
  const coseKey = cnf.get(1);
  if (cnf.size !== 1 || !isCborMap(coseKey)) throw malformed('cnf');
  const fields = readFields('pass', coseKey, [1, -1, -2, -3]);
  const sign = coseKey.get(-3);
  if (fields.uint(1) !== 2 || fields.uint(-1) !== 1 || typeof sign !== 'boolean') throw malformed('holder key');
  const compressed = new Uint8Array(33);
  compressed[0] = sign ? 3 : 2;
  compressed.set(fields.bytes(-2, 32), 1);
  return compressed;
}
