import { copyBytes } from '../bytes/bytes.js';
import type { CborValue } from '../cbor/cbor-value.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { readFields } from '../cbor/read-fields.js';
import { parseSign1 } from '../cose/parse-sign1.js';
import { readOwnHeader, verifySign1 } from '../cose/verify-sign1.js';
import type { CryptoPort } from '../crypto/port.js';
import { DocumentError } from '../errors.js';
import { type PeoplePart, peopleLabel, peoplePartMaxBytes, peoplePartTyp, type SignerKey } from './people-part.js';
import { checkPeopleRows, gateKeyBytes } from './people-row.js';
import { findSigner } from './signers.js';

declare const verifiedPeoplePartBrand: unique symbol;

/** A people part signed by one of the signers the caller trusts. */
export type VerifiedPeoplePart = PeoplePart & { readonly [verifiedPeoplePartBrand]: true };

const labels = Object.values(peopleLabel);

/**
 * Reads and verifies a people part under the pinned signers. Proves who made it; whether it fits what the reader has is
 * decided by `applyPeopleDelta` and `acceptPackage`.
 * @throws DocumentError `too-large`, `malformed`, `wrong-type`, `unknown-signer`, `signature-invalid` or one of `parseSign1`.
 */
export function verifyPeoplePart(
  crypto: Pick<CryptoPort, 'importVerifyKey' | 'verifyEs256'>,
  bytes: Uint8Array,
  signers: readonly SignerKey[],
): VerifiedPeoplePart {
  const sign1 = parseSign1(bytes, peoplePartMaxBytes);
  const kid = readOwnHeader('people-part', sign1, peoplePartTyp);
  const key = findSigner('people-part', crypto, signers, kid);
  if (!verifySign1(crypto, sign1, key)) throw new DocumentError('people-part', 'signature-invalid', 'signature');
  return parsePayload(decodeCbor(sign1.payload, { maxBytes: peoplePartMaxBytes, maxDepth: 3 })) as VerifiedPeoplePart;
}

function parsePayload(payload: CborValue): PeoplePart {
  const fields = readFields('people-part', payload, labels);
  const rows = fields.bytes(peopleLabel.rows);
  checkPeopleRows(rows);
  const head = {
    universityCode: fields.text(peopleLabel.universityCode, 10),
    keyDay: fields.uint(peopleLabel.keyDay, 0xffffff),
    sequence: fields.uint(peopleLabel.sequence),
    digest: fields.bytes(peopleLabel.digest, 32),
    issuedAtSeconds: fields.uint(peopleLabel.issuedAt, 0xffffffff),
    auditHead: fields.bytes(peopleLabel.auditHead, 32),
    ...(fields.has(peopleLabel.signers)
      ? { signers: parseSigners('people-part', fields.array(peopleLabel.signers)) }
      : {}),
  };
  const baseSequence = fields.optionalUint(peopleLabel.baseSequence);
  const removedKeys = fields.optionalBytes(peopleLabel.removedKeys);
  if (baseSequence === undefined && removedKeys === undefined) return { ...head, kind: 'full', rows };
  if (baseSequence === undefined || removedKeys === undefined || removedKeys.length % gateKeyBytes !== 0) {
    throw new DocumentError('people-part', 'malformed', 'delta without base or removed keys');
  }
  return { ...head, kind: 'delta', baseSequence, removedKeys, rows };
}

/** Signers out of `[[kid, key], …]`. */
export function parseSigners(document: string, items: readonly CborValue[]): SignerKey[] {
  return items.map((item) => {
    const [kid, key] = Array.isArray(item) && item.length === 2 ? (item as readonly CborValue[]) : [];
    if (!(kid instanceof Uint8Array) || kid.length !== 8 || !(key instanceof Uint8Array) || key.length !== 33) {
      throw new DocumentError(document, 'malformed', 'signer');
    }
    return { kid: copyBytes(kid), key: copyBytes(key) };
  });
}
