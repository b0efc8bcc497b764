import { equalBytes } from '../bytes/bytes.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { type FieldReader, readFields } from '../cbor/read-fields.js';
import { type ParsedSign1, parseSign1 } from '../cose/parse-sign1.js';
import { coseLabel } from '../cose/sign1-bytes.js';
import { readOwnHeader, verifySign1 } from '../cose/verify-sign1.js';
import type { CryptoPort } from '../crypto/port.js';
import { DocumentError } from '../errors.js';
import { inTime, type KeyEntry } from '../pass/key-set.js';
import { passListDigest } from './create-pass-list.js';
import { decodeGaps } from './gap-code.js';
import { changeIndices, createIndexSet } from './index-set.js';
import {
  passListLabel as label,
  type PassList,
  type PassListHead,
  passListDeltaTyp,
  passListMaxBytes,
  passListMaxCount,
  passListMaxSize,
  passListTyp,
} from './pass-list.js';

type ListCrypto = Pick<CryptoPort, 'importVerifyKey' | 'verifyEs256' | 'sha256'>;

const headLabels = [label.universityCode, label.listNumber, label.sequence, label.issuedAt, label.nextUpdate];
const listLabels = [...headLabels, label.expires, label.size, label.revoked, label.suspended];
const deltaLabels = [...listLabels, label.baseSequence, label.revokedRemoved, label.suspendedRemoved, label.digest];

/** Why a list or delta that is genuine does not fit what the reader has. */
export type PassListRefusal = 'sequence-not-higher' | 'base-mismatch' | 'digest-mismatch' | 'not-this-list';

export type ApplyPassListResult =
  /** `whole` where the document says all by itself, not as a delta. */
  | { readonly ok: true; readonly list: PassList; readonly whole: boolean }
  | { readonly ok: false; readonly refusal: PassListRefusal };

/**
 * Verifies a whole list or a delta under the status signers and applies it to what the reader has of the same list.
 * The signer must belong to the university the list speaks for. `find` answers what the reader has.
 * @throws DocumentError `too-large`, `malformed`, `wrong-type`, `unknown-signer`, `signature-invalid` or one of `parseSign1`.
 */
export function applyPassList(
  crypto: ListCrypto,
  find: (universityCode: string, listNumber: number) => PassList | undefined,
  bytes: Uint8Array,
  statusSigners: readonly KeyEntry[],
): ApplyPassListResult {
  const sign1 = parseSign1(bytes, passListMaxBytes);
  const isDelta = sign1.protectedHeader.get(coseLabel.typ) === passListDeltaTyp;
  const kid = readOwnHeader('pass-list', sign1, isDelta ? passListDeltaTyp : passListTyp);
  const signer = checkSignature(crypto, sign1, kid, statusSigners);
  const payload = decodeCbor(sign1.payload, { maxBytes: passListMaxBytes });
  const fields = readFields('pass-list', payload, isDelta ? deltaLabels : listLabels);
  const head = readHead(fields);
  if (signer.universityCode !== head.universityCode || !inTime(signer, head.issuedAtSeconds)) {
    throw new DocumentError('pass-list', 'unknown-signer', 'not a signer of this university at that time');
  }
  const baseSequence = isDelta ? fields.uint(label.baseSequence) : undefined;

  const have = find(head.universityCode, head.listNumber);
  if (have !== undefined && head.sequence <= have.sequence) return { ok: false, refusal: 'sequence-not-higher' };
  if (have !== undefined && head.size !== have.size) return { ok: false, refusal: 'not-this-list' };
  const set = (at: number): Uint32Array => decodeGaps(fields.bytes(at), head.size, passListMaxCount);
  if (baseSequence === undefined)
    return { ok: true, list: prepare(head, set(label.revoked), set(label.suspended)), whole: true };

  if (have === undefined || have.sequence !== baseSequence) return { ok: false, refusal: 'base-mismatch' };
  const revoked = changeIndices(have.revoked.indices, set(label.revoked), set(label.revokedRemoved));
  const suspended = changeIndices(have.suspended.indices, set(label.suspended), set(label.suspendedRemoved));
  if (!equalBytes(passListDigest(crypto, { revoked, suspended }), fields.bytes(label.digest, 32))) {
    return { ok: false, refusal: 'digest-mismatch' };
  }
  return { ok: true, list: prepare(head, revoked, suspended), whole: false };
}

function prepare(head: PassListHead, revoked: Uint32Array, suspended: Uint32Array): PassList {
  return { ...head, revoked: createIndexSet(revoked, head.size), suspended: createIndexSet(suspended, head.size) };
}

function readHead(fields: FieldReader): PassListHead {
  return {
    universityCode: fields.text(label.universityCode, 10),
    listNumber: fields.uint(label.listNumber, 0xffffffff),
    sequence: fields.uint(label.sequence),
    issuedAtSeconds: fields.uint(label.issuedAt, 0xffffffff),
    nextUpdateSeconds: fields.uint(label.nextUpdate, 0xffffffff),
    expiresSeconds: fields.uint(label.expires, 0xffffffff),
    size: fields.uint(label.size, passListMaxSize),
  };
}

/** The signer of this kid whose signature holds; before that nothing of the payload is looked at. */
function checkSignature(
  crypto: ListCrypto,
  sign1: ParsedSign1,
  kid: Uint8Array,
  signers: readonly KeyEntry[],
): KeyEntry {
  const candidates = signers.filter((entry) => equalBytes(entry.kid, kid));
  if (candidates.length === 0) throw new DocumentError('pass-list', 'unknown-signer', 'no such status signer');
  const signer = candidates.find((entry) => {
    const key = crypto.importVerifyKey(entry.key);
    return key !== undefined && verifySign1(crypto, sign1, key);
  });
  if (signer === undefined) throw new DocumentError('pass-list', 'signature-invalid', 'signature');
  return signer;
}
