import type { CborItem } from '../cbor/cbor-value.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { prepareSign1, sign1Item } from '../cose/create-sign1.js';
import { coseEs256, coseLabel } from '../cose/sign1-bytes.js';
import { x5chainValue } from '../cose/x5chain.js';
import type { Sign } from '../crypto/port.js';
import type { StatusListToken } from './create-status-list.js';

/** `typ` (COSE header 16) of a list in CWT form, and its media type. */
export const STATUS_LIST_CWT_TYP = 'application/statuslist+cwt';

/** Labels of the claims (Token Status List §5.2, RFC 8392). */
export const statusClaim = { sub: 2, exp: 4, iat: 6, ttl: 65_534, statusList: 65_533 } as const;
export const cwtTag = { sign1: 18 } as const;

/** As {@link StatusListToken}, but signed in COSE: `kid` are bytes, `x5chain` DER, leaf first. */
export type StatusListCwt = Omit<StatusListToken, 'signer'> & {
  readonly signer: { readonly kid?: Uint8Array; readonly x5chain?: readonly Uint8Array[] };
};

/** `toBeSigned` goes under ES256. */
export type PreparedStatusListCwt = {
  readonly toBeSigned: Uint8Array;
  readonly protectedBytes: Uint8Array;
  readonly payload: Uint8Array;
};

/** Builds a Status List Token in CWT form up to its signature (Token Status List §5.2). */
export function prepareStatusListCwt(token: StatusListCwt): PreparedStatusListCwt {
  const { kid, x5chain } = token.signer;
  const protectedBytes = encodeCbor(
    new Map<number, CborItem>([
      [coseLabel.alg, coseEs256],
      [coseLabel.typ, STATUS_LIST_CWT_TYP],
      ...(kid === undefined ? [] : [[coseLabel.kid, kid] as const]),
      // Protected: the chain then cannot be changed on the way (RFC 9360 §2 allows both).
      ...(x5chain === undefined ? [] : [[coseLabel.x5chain, x5chainValue(x5chain)] as const]),
    ]),
  );
  const payload = encodeCbor(claimsOf(token));
  return { toBeSigned: prepareSign1({ protectedBytes, payload }), protectedBytes, payload };
}

/** The CWT of a prepared list and its ES256 signature: COSE_Sign1 with tag 18, no tag 61 (§5.2). */
export function assembleStatusListCwt(prepared: PreparedStatusListCwt, signature: Uint8Array): Uint8Array {
  return encodeCbor({ tag: cwtTag.sign1, value: sign1Item(prepared, { unprotectedHeader: new Map() }, signature) });
}

/** Creates a Status List Token (CWT) at once. */
export function createStatusListCwt(token: StatusListCwt, sign: Sign): Uint8Array {
  const prepared = prepareStatusListCwt(token);
  return assembleStatusListCwt(prepared, sign(prepared.toBeSigned));
}

function claimsOf(token: StatusListCwt): CborItem {
  const { expiresAtSeconds: exp, ttlSeconds: ttl, aggregationUri } = token;
  return new Map<number, CborItem>([
    [statusClaim.sub, token.uri],
    [statusClaim.iat, token.issuedAtSeconds],
    ...(exp === undefined ? [] : [[statusClaim.exp, exp] as const]),
    ...(ttl === undefined ? [] : [[statusClaim.ttl, ttl] as const]),
    [
      statusClaim.statusList,
      new Map<string, CborItem>([
        ['bits', token.bits],
        ['lst', token.compress(token.bytes)],
        ...(aggregationUri === undefined ? [] : [['aggregation_uri', aggregationUri] as const]),
      ]),
    ],
  ]);
}
