import { decodeBase45, encodeBase45 } from '../base45/base45.js';
import { copyBytes } from '../bytes/bytes.js';
import type { CborValue } from '../cbor/cbor-value.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { readFields } from '../cbor/read-fields.js';
import { createSign1, encodeProtectedHeader } from '../cose/create-sign1.js';
import { type ParsedSign1, parseSign1 } from '../cose/parse-sign1.js';
import { readOwnHeader } from '../cose/verify-sign1.js';
import type { Sign } from '../crypto/port.js';
import { DocumentError } from '../errors.js';
import { decodeRowState, encodeRowState, isRowState, type RowState } from '../offline-package/row-state.js';

/** Prefix of the text on paper. */
export const paperPassPrefix = 'LYD1:';
/** typ of the document (RFC 9596): no pass of a wallet is ever taken for one on paper, nor the other way round. */
export const paperPassTyp = 'lanyard-paper-pass+cbor';
/** Longest life of a pass on paper, in seconds. */
export const paperPassLifeSeconds = 12 * 3600;
const maxBytes = 220;
const maxText = paperPassPrefix.length + 330;
const labels = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** What a one-day pass on paper says. It proves no key: who holds the paper is told by the portrait alone. */
export interface PaperPassClaims {
  readonly universityCode: string;
  /** 8 random bytes. */
  readonly passNumber: Uint8Array;
  readonly validFromSeconds: number;
  /** At most 12 hours later. */
  readonly expiresSeconds: number;
  readonly state: RowState;
  readonly policyClass: number;
  /** Entry of a pass list. */
  readonly listNumber: number;
  readonly listIndex: number;
  /** First 8 bytes of the portrait's SHA-256: nobody gets a paper without a photo. */
  readonly portraitId: Uint8Array;
}

/** A paper pass that was read and not verified. */
export interface ParsedPaperPass {
  readonly kid: Uint8Array;
  readonly claims: PaperPassClaims;
  readonly sign1: ParsedSign1;
}

/** Signs a paper pass and makes its text, for alphanumeric mode. */
export function createPaperPass(
  claims: PaperPassClaims,
  signer: { readonly kid: Uint8Array; readonly sign: Sign },
): string {
  const { passNumber, portraitId, validFromSeconds, expiresSeconds } = claims;
  if (passNumber.length !== 8 || portraitId.length !== 8)
    throw new TypeError('pass number and portrait id have 8 bytes');
  if (expiresSeconds - validFromSeconds > paperPassLifeSeconds)
    throw new TypeError('a paper pass lives 12 hours at most');
  const payload = encodeCbor(
    new Map<number, CborValue>([
      [1, claims.universityCode],
      [2, passNumber],
      [3, validFromSeconds],
      [4, expiresSeconds],
      [5, encodeRowState(claims.state)],
      [6, claims.policyClass],
      [7, claims.listNumber],
      [8, claims.listIndex],
      [9, portraitId],
    ]),
  );
  const protectedBytes = encodeProtectedHeader({ kid: signer.kid, typ: paperPassTyp });
  return paperPassPrefix + encodeBase45(createSign1({ protectedBytes, payload }, signer.sign));
}

/**
 * Reads the text of a paper pass; its length is checked first.
 * @throws DocumentError of `parseSign1`, `wrong-type` or `malformed`.
 */
export function parsePaperPass(text: string): ParsedPaperPass {
  if (text.length > maxText || !text.startsWith(paperPassPrefix)) throw malformed('length or prefix');
  const bytes = decodeBase45(text, paperPassPrefix.length);
  if (bytes === undefined || bytes[0] !== 0x84) throw malformed('base45');
  const sign1 = parseSign1(bytes, maxBytes);
  const kid = readOwnHeader('paper-pass', sign1, paperPassTyp);
  const fields = readFields('paper-pass', decodeCbor(sign1.payload, { maxBytes, maxDepth: 2 }), labels);
  const universityCode = fields.text(1, 10);
  const stateByte = fields.uint(5, 255);
  const state = isRowState(stateByte) ? decodeRowState(stateByte) : undefined;
  const validFromSeconds = fields.uint(3, 0xffffffff);
  const expiresSeconds = fields.uint(4, 0xffffffff);
  const lifeSeconds = expiresSeconds - validFromSeconds;
  if (!/^\d{10}$/.test(universityCode) || state === undefined) throw malformed('university or state');
  if (lifeSeconds <= 0 || lifeSeconds > paperPassLifeSeconds) throw malformed('life');
  return {
    kid,
    sign1,
    claims: {
      universityCode,
      passNumber: copyBytes(fields.bytes(2, 8)),
      validFromSeconds,
      expiresSeconds,
      state,
      policyClass: fields.uint(6, 255),
      listNumber: fields.uint(7, 0xffffffff),
      listIndex: fields.uint(8, 0xffffffff),
      portraitId: copyBytes(fields.bytes(9, 8)),
    },
  };
}

function malformed(detail: string): DocumentError {
  return new DocumentError('paper-pass', 'malformed', detail);
}
