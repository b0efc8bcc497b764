import { decodeBase64url, encodeBase64url } from '../base64url/base64url.js';
import { equalBytes } from '../bytes/bytes.js';
import type { CryptoPort } from '../crypto/port.js';
import { JwkError, JwsError } from '../jws/errors.js';
import { type CheckedP256Jwk, parseP256Jwk } from '../jws/p256-jwk.js';
import { jwsJsonPayload, type ParsedJws, parseJws } from '../jws/parse-jws.js';
import { verifyJws } from '../jws/verify-jws.js';
import { TrustListError } from './errors.js';
import { readTrustList } from './read-trust-list.js';
import { TRUST_LIST_TYP, type TrustAnchor, type TrustList, trustListMaxBytes } from './trust-list.js';

declare const accepted: unique symbol;

/** A list that the pinned operator signed and that goes back behind nothing. Made only by {@link acceptTrustList}. */
export type AcceptedTrustList = TrustList & {
  /** SHA-256 of the list's text. */
  readonly digest: Uint8Array;
  readonly [accepted]: true;
};

export type AcceptOptions = {
  readonly nowSeconds: number;
  readonly crypto: Pick<CryptoPort, 'importVerifyKey' | 'sha256' | 'verifyEs256'>;
};

/** Clocks of the operator and of a reader may differ by this much. */
const MAX_FUTURE_SECONDS = 300;
const LIMITS = { maxBytes: trustListMaxBytes, maxHeaderBytes: 4_096, maxDepth: 8 };

/**
 * Takes a list over the state a reader has (docs/formats.md, trust list): signed by the pinned key or by the one the
 * last list announced; a sequence never lower, never the same with another content, and where it is the very next one
 * it names the list before. A list of the same text is taken again, as when it was read from a disk. Refused lists
 * leave the old state in force.
 *
 * @throws TrustListError `trust-list-too-large`, `-malformed`, `-key-unknown`, `-signature-invalid`, `-rolled-back`,
 *   `-forked`, `-chain-broken`, `-in-the-future`, `-expired`
 */
export function acceptTrustList(
  compact: string,
  state: TrustAnchor,
  options: AcceptOptions,
): { readonly list: AcceptedTrustList; readonly state: TrustAnchor } {
  const { crypto, nowSeconds } = options;
  if (compact.length > trustListMaxBytes)
    throw new TrustListError('trust-list-too-large', `more than ${trustListMaxBytes} bytes`);
  const { jws, jwk } = parse(compact);
  const keyDigest = crypto.sha256(jwk.compressed);
  const known = [state.keyDigest, state.nextKeyDigest].some((pin) => pin !== undefined && equalBytes(pin, keyDigest));
  if (!known) throw new TrustListError('trust-list-key-unknown', 'neither the pinned key nor the announced one');
  verify(jws, jwk, crypto);
  const list = readTrustList(payloadOf(jws));
  const digest = crypto.sha256(new TextEncoder().encode(compact));
  checkSequence(list, digest, state);
  if (list.issuedAtSeconds > nowSeconds + MAX_FUTURE_SECONDS)
    throw new TrustListError('trust-list-in-the-future', 'issued after now');
  // One that was in force is read again after its end: with each decision its end is looked at.
  const again = list.sequence === state.sequence;
  if (nowSeconds >= list.expiresSeconds && !again) throw new TrustListError('trust-list-expired', 'past its end');
  return {
    list: { ...list, digest } as AcceptedTrustList,
    // The announced key replaces the pin when it has signed; the old one is then worth nothing.
    state: { keyDigest, nextKeyDigest: list.nextKeyDigest, sequence: list.sequence, listDigest: digest },
  };
}

/** The pin of a reader that has no list yet. `operatorKey` is the compressed key given at installation. */
export function pinTrustListOperator(operatorKey: Uint8Array, sha256: CryptoPort['sha256']): TrustAnchor {
  return { keyDigest: sha256(operatorKey), nextKeyDigest: undefined, sequence: 0, listDigest: undefined };
}

function checkSequence(list: TrustList, digest: Uint8Array, state: TrustAnchor): void {
  const same = state.listDigest !== undefined && equalBytes(state.listDigest, digest);
  if (list.sequence < state.sequence)
    throw new TrustListError('trust-list-rolled-back', `sequence ${list.sequence} after ${state.sequence}`);
  if (list.sequence === state.sequence && !same)
    throw new TrustListError('trust-list-forked', `two lists of sequence ${list.sequence}`);
  const follows = state.listDigest !== undefined && list.sequence === state.sequence + 1;
  const names = list.previousDigest !== undefined && equalBytes(list.previousDigest, state.listDigest ?? digest);
  if (follows && !names)
    throw new TrustListError('trust-list-chain-broken', 'the next list does not name the one before');
}

function parse(compact: string): { jws: ParsedJws; jwk: CheckedP256Jwk } {
  try {
    const jws = parseJws(compact, LIMITS);
    return { jws, jwk: parseP256Jwk(jws.header.jwk) };
  } catch (cause) {
    if (cause instanceof JwsError || cause instanceof JwkError)
      throw new TrustListError('trust-list-malformed', cause.code, { cause });
    throw cause;
  }
}

function verify(
  jws: ParsedJws,
  jwk: CheckedP256Jwk,
  crypto: Pick<CryptoPort, 'importVerifyKey' | 'verifyEs256'>,
): void {
  const key = crypto.importVerifyKey(jwk.compressed, jwk.yBytes);
  try {
    if (key !== undefined) {
      verifyJws(jws, key, { typ: TRUST_LIST_TYP, crypto });
      return;
    }
  } catch (cause) {
    if (!(cause instanceof JwsError)) throw cause;
    throw new TrustListError('trust-list-signature-invalid', cause.code, { cause });
  }
  throw new TrustListError('trust-list-signature-invalid', 'the key cannot be used');
}

function payloadOf(jws: ParsedJws) {
  try {
    return jwsJsonPayload(jws, LIMITS);
  } catch (cause) {
    throw new TrustListError('trust-list-malformed', 'the payload is not strict JSON', { cause });
  }
}

/** What a state keeps on a disk, as JSON. */
export const storedTrustAnchor = (state: TrustAnchor) => ({
  key_digest: encodeBase64url(state.keyDigest),
  next_key_digest: state.nextKeyDigest === undefined ? null : encodeBase64url(state.nextKeyDigest),
  sequence: state.sequence,
  list_digest: state.listDigest === undefined ? null : encodeBase64url(state.listDigest),
});

/** A state as {@link storedTrustAnchor} wrote it. */
export function readStoredTrustAnchor(stored: ReturnType<typeof storedTrustAnchor>): TrustAnchor {
  const bytes = (text: string | null) => (text === null ? undefined : decodeBase64url(text));
  return {
    keyDigest: decodeBase64url(stored.key_digest),
    nextKeyDigest: bytes(stored.next_key_digest),
    sequence: stored.sequence,
    listDigest: bytes(stored.list_digest),
  };
}
