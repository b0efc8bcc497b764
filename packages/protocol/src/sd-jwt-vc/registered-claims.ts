import { isJsonObject, type JsonObject, type JsonValue } from '../base64url/strict-json.js';
import { type CheckedP256Jwk, parseP256Jwk } from '../jws/p256-jwk.js';
import type { DisclosedClaim } from '../sd-jwt/process-disclosures.js';
import type { StatusReference } from '../status-list/status-reference.js';
import { SdJwtVcError } from './errors.js';

/** SD-JWT VC §2.2.2.3: these are never selectively disclosed, their sub-claims included. */
export const NEVER_SELECTIVE = ['iss', 'nbf', 'exp', 'cnf', 'vct', 'vct#integrity', 'status'] as const;

/** @throws SdJwtVcError `claim-must-not-be-selective`, for a disclosure and for a digest alike. */
export function requireNothingSelective(payload: JsonObject, disclosed: readonly DisclosedClaim[]): void {
  for (const name of NEVER_SELECTIVE) {
    const value = payload[name];
    if (disclosed.some(({ path }) => path[0] === name) || (value !== undefined && holdsDigests(value))) {
      throw new SdJwtVcError('claim-must-not-be-selective', `${name} or a part of it is selectively disclosable`);
    }
  }
}

/** @throws SdJwtVcError `vct-missing`, `claim-malformed` */
export function requireTypes(claims: JsonObject): { vct: string; iss: string | undefined } {
  const { vct, iss } = claims;
  if (typeof vct !== 'string' || vct === '') throw new SdJwtVcError('vct-missing', 'vct is not a text');
  if (iss !== undefined && typeof iss !== 'string') throw new SdJwtVcError('claim-malformed', 'iss is not a text');
  return { vct, iss };
}

/** Validity as in RFC 7519 §4.1.4 and §4.1.5, Unix seconds. @throws SdJwtVcError `claim-malformed`, `not-yet-valid`, `expired` */
export function requireValidAt(claims: JsonObject, nowSeconds: number, clockToleranceSeconds: number): void {
  const { nbf, exp, iat } = claims;
  for (const date of [nbf, exp, iat]) {
    if (date !== undefined && typeof date !== 'number')
      throw new SdJwtVcError('claim-malformed', 'a date is not a number');
  }
  if (typeof nbf === 'number' && nowSeconds + clockToleranceSeconds < nbf) {
    throw new SdJwtVcError('not-yet-valid', 'nbf lies ahead');
  }
  if (typeof exp === 'number' && nowSeconds - clockToleranceSeconds >= exp) {
    throw new SdJwtVcError('expired', 'exp has passed');
  }
}

/** The holder's key from `cnf.jwk` (RFC 7800 §3.2). @throws SdJwtVcError `holder-key-missing`, `holder-key-malformed` */
export function holderJwkOf(claims: JsonObject): CheckedP256Jwk {
  const { cnf } = claims;
  if (!isJsonObject(cnf) || cnf.jwk === undefined) throw new SdJwtVcError('holder-key-missing', 'there is no cnf.jwk');
  try {
    return parseP256Jwk(cnf.jwk);
  } catch (cause) {
    throw new SdJwtVcError('holder-key-malformed', 'cnf.jwk is no public P-256 key', { cause });
  }
}

/** The entry in a Token Status List. @throws SdJwtVcError `status-malformed`, `status-not-supported` */
export function statusReferenceOf(claims: JsonObject): StatusReference | undefined {
  const { status } = claims;
  if (status === undefined) return undefined;
  if (!isJsonObject(status)) throw new SdJwtVcError('status-malformed', 'status is not an object');
  const { status_list: entry } = status;
  // A status nobody here can check must not read as "no status".
  if (entry === undefined) throw new SdJwtVcError('status-not-supported', 'only status_list is supported');
  if (!isJsonObject(entry)) throw new SdJwtVcError('status-malformed', 'status_list is not an object');
  const { uri, idx } = entry;
  if (typeof uri !== 'string' || typeof idx !== 'number' || !Number.isSafeInteger(idx) || idx < 0) {
    throw new SdJwtVcError('status-malformed', 'uri or idx is malformed');
  }
  return { uri, index: idx };
}

function holdsDigests(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (!isJsonObject(value)) return Object.values(value).some(holdsDigests);
  return Object.hasOwn(value, '_sd') || Object.hasOwn(value, '...') || Object.values(value).some(holdsDigests);
}
