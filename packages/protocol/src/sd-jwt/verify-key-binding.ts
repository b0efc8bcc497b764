import type { JsonObject } from '../base64url/strict-json.js';
import type { CryptoPort, VerifyKey } from '../crypto/port.js';
import { JwsError } from '../jws/errors.js';
import { jwsJsonPayload, type ParsedJws, parseJws } from '../jws/parse-jws.js';
import { verifyJws } from '../jws/verify-jws.js';
import type { DigestText } from './digest-text.js';
import { SdJwtError } from './errors.js';
import { DEFAULT_SD_JWT_LIMITS, type ParsedSdJwt, type SdJwtLimits } from './parse-sd-jwt.js';

declare const verified: unique symbol;

/** Proof that the holder signed this presentation for this nonce and audience within the window. */
export type VerifiedKeyBinding = {
  readonly payload: JsonObject;
  readonly issuedAtSeconds: number;
  readonly [verified]: true;
};

/** `nonce` and `audience` are what the verifier gave out; the window lies around `nowSeconds` (Unix time). */
export type KeyBindingPolicy = {
  readonly nonce: string;
  readonly audience: string;
  readonly maxAgeSeconds: number;
  /** How far the holder's clock may be ahead. Default 60. */
  readonly maxFutureSeconds?: number;
};

export type KeyBindingContext = {
  readonly holderKey: VerifyKey;
  readonly nowSeconds: number;
  readonly crypto: Pick<CryptoPort, 'verifyEs256'>;
  readonly digestText: DigestText;
  readonly limits?: SdJwtLimits;
};

/**
 * Verifies the KB-JWT (RFC 9901 §7.3 step 5). `holderKey` must come from the verified credential. Single use
 * of the nonce is the caller's.
 *
 * @throws SdJwtError `key-binding-missing`, `key-binding-malformed`, `key-binding-typ-wrong`,
 *   `key-binding-signature-invalid`, `key-binding-nonce-wrong`, `key-binding-audience-wrong`,
 *   `key-binding-too-old`, `key-binding-in-the-future`, `key-binding-sd-hash-wrong`.
 */
export function verifyKeyBinding(
  sdJwt: Pick<ParsedSdJwt, 'presented' | 'keyBindingJwt'>,
  policy: KeyBindingPolicy,
  context: KeyBindingContext,
): VerifiedKeyBinding {
  if (sdJwt.keyBindingJwt === undefined) throw new SdJwtError('key-binding-missing', 'there is no KB-JWT');
  const { jws, payload } = parse(sdJwt.keyBindingJwt, context.limits ?? DEFAULT_SD_JWT_LIMITS);
  if (jws.header.typ !== 'kb+jwt') throw new SdJwtError('key-binding-typ-wrong', 'typ is not kb+jwt');
  try {
    verifyJws(jws, context.holderKey, { typ: 'kb+jwt', crypto: context.crypto });
  } catch (cause) {
    throw new SdJwtError('key-binding-signature-invalid', 'the holder signature does not verify', { cause });
  }
  const { iat, aud, nonce, sd_hash: sdHash } = payload;
  if (typeof iat !== 'number' || typeof aud !== 'string' || typeof nonce !== 'string' || typeof sdHash !== 'string') {
    throw new SdJwtError('key-binding-malformed', 'iat, aud, nonce or sd_hash is missing or of a wrong type');
  }
  if (nonce !== policy.nonce) throw new SdJwtError('key-binding-nonce-wrong', 'the nonce is another one');
  if (aud !== policy.audience) throw new SdJwtError('key-binding-audience-wrong', 'the audience is another one');
  if (iat < context.nowSeconds - policy.maxAgeSeconds) throw new SdJwtError('key-binding-too-old', 'iat is too old');
  if (iat > context.nowSeconds + (policy.maxFutureSeconds ?? 60)) {
    throw new SdJwtError('key-binding-in-the-future', 'iat is in the future');
  }
  if (sdHash !== context.digestText(sdJwt.presented)) {
    throw new SdJwtError('key-binding-sd-hash-wrong', 'sd_hash is not that of what was presented');
  }
  return { payload, issuedAtSeconds: iat } as VerifiedKeyBinding;
}

function parse(compact: string, limits: SdJwtLimits): { jws: ParsedJws; payload: JsonObject } {
  try {
    const jws = parseJws(compact, limits);
    return { jws, payload: jwsJsonPayload(jws, limits) };
  } catch (cause) {
    if (!(cause instanceof JwsError)) throw cause;
    throw new SdJwtError('key-binding-malformed', `the KB-JWT was refused: ${cause.code}`, { cause });
  }
}
