import { copyBytes } from '../bytes/bytes.js';
import type { CborValue } from '../cbor/cbor-value.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { readFields } from '../cbor/read-fields.js';
import { createSign1, encodeProtectedHeader } from '../cose/create-sign1.js';
import { parseSign1 } from '../cose/parse-sign1.js';
import { readOwnHeader, verifySign1 } from '../cose/verify-sign1.js';
import type { CryptoPort, Sign, VerifyKey } from '../crypto/port.js';
import { DocumentError } from '../errors.js';
import { encodeKeyEntry, parseKeyEntry } from '../pass/key-entry.js';
import type { KeyEntry } from '../pass/key-set.js';

/** typ of the document (RFC 9596). */
export const passKeySetTyp = 'lanyard-pass-keys+cbor';
export const passKeySetMaxBytes = 64 * 1024;

const label = {
  universityCode: 1,
  issuedAt: 2,
  nextUpdate: 3,
  expires: 4,
  passKeys: 5,
  listSigners: 6,
  certificates: 7,
} as const;
const labels = Object.values(label);

/**
 * Who may sign a university's passes and pass lists (docs/formats.md, trust list): published by its issuer for readers
 * of other universities, signed under a certificate that chains to the university's anchors in the trust list.
 */
export interface PassKeySet {
  readonly universityCode: string;
  readonly issuedAtSeconds: number;
  readonly nextUpdateSeconds: number;
  readonly expiresSeconds: number;
  readonly passKeys: readonly KeyEntry[];
  readonly listSigners: readonly KeyEntry[];
  /** Leaf first, DER, without the root. Under the signature too, so nobody can swap them. */
  readonly certificates: readonly Uint8Array[];
}

declare const verified: unique symbol;
/** A set whose signer was found under the anchors of its university. Made only by {@link verifyPassKeySet}. */
export type VerifiedPassKeySet = PassKeySet & { readonly [verified]: true };

/** A signed set. `kid` is the first 8 bytes of SHA-256 over the signer's compressed key. */
export function createPassKeySet(
  set: PassKeySet,
  signer: { readonly kid: Uint8Array; readonly sign: Sign },
): Uint8Array {
  const payload = new Map<number, CborValue>([
    [label.universityCode, set.universityCode],
    [label.issuedAt, set.issuedAtSeconds],
    [label.nextUpdate, set.nextUpdateSeconds],
    [label.expires, set.expiresSeconds],
    [label.passKeys, set.passKeys.map(encodeKeyEntry)],
    [label.listSigners, set.listSigners.map(encodeKeyEntry)],
    [label.certificates, [...set.certificates]],
  ]);
  const protectedBytes = encodeProtectedHeader({ kid: signer.kid, typ: passKeySetTyp });
  return createSign1({ protectedBytes, payload: encodeCbor(payload) }, signer.sign);
}

/**
 * Verifies a set of one university. `findSigner` validates the chain against that university's anchors and answers the
 * leaf's key, or undefined; it is asked before the signature is looked at, with what nobody has authenticated yet.
 * A set speaks for its own university alone.
 * @throws DocumentError `too-large`, `malformed`, `wrong-type`, `unknown-signer`, `signature-invalid`, `expired`, or one of `parseSign1`
 */
export async function verifyPassKeySet(
  bytes: Uint8Array,
  options: {
    readonly universityCode: string;
    readonly nowSeconds: number;
    readonly crypto: Pick<CryptoPort, 'verifyEs256'>;
    readonly findSigner: (certificates: readonly Uint8Array[]) => Promise<VerifyKey | undefined>;
  },
): Promise<VerifiedPassKeySet> {
  const sign1 = parseSign1(bytes, passKeySetMaxBytes);
  readOwnHeader('pass-key-set', sign1, passKeySetTyp);
  const set = readPayload(decodeCbor(sign1.payload, { maxBytes: passKeySetMaxBytes, maxDepth: 4 }));
  const key = await options.findSigner(set.certificates);
  if (key === undefined) throw new DocumentError('pass-key-set', 'unknown-signer', 'no chain to an anchor');
  if (!verifySign1(options.crypto, sign1, key))
    throw new DocumentError('pass-key-set', 'signature-invalid', 'signature');
  const foreign = [...set.passKeys, ...set.listSigners].some((entry) => entry.universityCode !== set.universityCode);
  if (set.universityCode !== options.universityCode || foreign)
    throw new DocumentError('pass-key-set', 'unknown-signer', 'speaks for another university');
  if (options.nowSeconds >= set.expiresSeconds) throw new DocumentError('pass-key-set', 'expired', 'past its end');
  return set as VerifiedPassKeySet;
}

function readPayload(payload: CborValue): PassKeySet {
  const fields = readFields('pass-key-set', payload, labels);
  const entries = (at: number) => fields.array(at).map((value) => parseKeyEntry('pass-key-set', value));
  return {
    universityCode: fields.text(label.universityCode, 10),
    issuedAtSeconds: fields.uint(label.issuedAt, 0xffffffff),
    nextUpdateSeconds: fields.uint(label.nextUpdate, 0xffffffff),
    expiresSeconds: fields.uint(label.expires, 0xffffffff),
    passKeys: entries(label.passKeys),
    listSigners: entries(label.listSigners),
    certificates: fields.array(label.certificates).map((value) => {
      if (!(value instanceof Uint8Array)) throw new DocumentError('pass-key-set', 'malformed', 'certificates');
      return copyBytes(value);
    }),
  };
}
