import type { JsonObject } from '../base64url/strict-json.js';
import type { CryptoPort, VerifyKey } from '../crypto/port.js';
import type { CheckedP256Jwk } from '../jws/p256-jwk.js';
import { type DigestText, digestTextWith } from '../sd-jwt/digest-text.js';
import { DEFAULT_SD_JWT_LIMITS, type ParsedSdJwt, parseSdJwt, type SdJwtLimits } from '../sd-jwt/parse-sd-jwt.js';
import { type DisclosedClaim, processDisclosures } from '../sd-jwt/process-disclosures.js';
import { type KeyBindingPolicy, type VerifiedKeyBinding, verifyKeyBinding } from '../sd-jwt/verify-key-binding.js';
import type { StatusReference } from '../status-list/status-reference.js';
import { SdJwtVcError } from './errors.js';
import {
  holderJwkOf,
  requireNothingSelective,
  requireTypes,
  requireValidAt,
  statusReferenceOf,
} from './registered-claims.js';

export const SD_JWT_VC_TYP = 'dc+sd-jwt';

declare const verified: unique symbol;

/**
 * An SD-JWT VC whose issuer signature, validity and, where `keyBinding` is there, holder were verified.
 * `status` still has to be looked up. Made only by {@link verifySdJwtVc}.
 */
export type VerifiedSdJwtVc = {
  readonly header: JsonObject;
  readonly vct: string;
  readonly iss: string | undefined;
  readonly claims: JsonObject;
  readonly disclosed: readonly DisclosedClaim[];
  readonly status: StatusReference | undefined;
  readonly holderJwk: CheckedP256Jwk | undefined;
  readonly keyBinding: VerifiedKeyBinding | undefined;
  readonly [verified]: true;
};

/** What a key is looked up by. NOT authenticated yet: trust comes only from the caller's own table or anchors. */
export type UnverifiedIssuer = { readonly header: JsonObject; readonly payload: JsonObject };

export type VerifySdJwtVcOptions = {
  /** Answers the key the caller trusts for this issuer, or undefined. */
  readonly findIssuerKey: (issuer: UnverifiedIssuer) => VerifyKey | undefined;
  readonly nowSeconds: number;
  /** Whether a holder must have signed is the verifier's decision, never the presenter's (RFC 9901 §7.3). */
  readonly keyBinding: ({ readonly required: true } & KeyBindingPolicy) | { readonly required: false };
  readonly crypto: Pick<CryptoPort, 'sha256' | 'importVerifyKey' | 'verifyEs256'>;
  /** Types the caller can handle; any, where absent. */
  readonly acceptedVcts?: readonly string[];
  /** For nbf and exp. Default 0. */
  readonly clockToleranceSeconds?: number;
  readonly digestText?: DigestText;
  readonly limits?: SdJwtLimits;
};

/**
 * Verifies an SD-JWT VC in compact form (draft-ietf-oauth-sd-jwt-vc §2.4, RFC 9901 §7.1 and §7.3). Without
 * required key binding a KB-JWT is left unread and the result has none.
 *
 * @throws SdJwtVcError, SdJwtError, JwsError; the issuer's signature is always `issuer-signature-invalid`,
 *   the holder's always `key-binding-signature-invalid`.
 */
export function verifySdJwtVc(compact: string, options: VerifySdJwtVcOptions): VerifiedSdJwtVc {
  const { crypto, nowSeconds } = options;
  const limits = options.limits ?? DEFAULT_SD_JWT_LIMITS;
  const digestText = options.digestText ?? digestTextWith(crypto.sha256);
  const sdJwt = parseSdJwt(compact, digestText, limits);
  verifyIssuer(sdJwt, options);
  const { claims, disclosed } = processDisclosures(sdJwt.payload, sdJwt.disclosures, limits);
  requireNothingSelective(sdJwt.payload, disclosed);
  const { vct, iss } = requireTypes(claims);
  if (options.acceptedVcts !== undefined && !options.acceptedVcts.includes(vct)) {
    throw new SdJwtVcError('vct-not-accepted', 'nobody asked for this type');
  }
  requireValidAt(claims, nowSeconds, options.clockToleranceSeconds ?? 0);
  const status = statusReferenceOf(claims);
  const holderJwk = options.keyBinding.required || claims.cnf !== undefined ? holderJwkOf(claims) : undefined;
  let keyBinding: VerifiedKeyBinding | undefined;
  if (options.keyBinding.required && holderJwk !== undefined) {
    const holderKey = crypto.importVerifyKey(holderJwk.compressed, holderJwk.yBytes);
    if (holderKey === undefined) throw new SdJwtVcError('holder-key-malformed', 'cnf.jwk cannot be imported');
    keyBinding = verifyKeyBinding(sdJwt, options.keyBinding, { holderKey, nowSeconds, crypto, digestText, limits });
  }
  const { header } = sdJwt.jws;
  return { header, vct, iss, claims, disclosed, status, holderJwk, keyBinding } as VerifiedSdJwtVc;
}

function verifyIssuer(sdJwt: ParsedSdJwt, options: VerifySdJwtVcOptions): void {
  const { header, signingInput, signature } = sdJwt.jws;
  if (header.typ !== SD_JWT_VC_TYP) throw new SdJwtVcError('vc-typ-wrong', `typ is not ${SD_JWT_VC_TYP}`);
  const key = options.findIssuerKey({ header, payload: sdJwt.payload });
  if (key === undefined) throw new SdJwtVcError('unknown-issuer', 'no trusted key for this issuer');
  if (!options.crypto.verifyEs256(key, signingInput, signature)) {
    throw new SdJwtVcError('issuer-signature-invalid', 'the issuer signature does not verify');
  }
}
