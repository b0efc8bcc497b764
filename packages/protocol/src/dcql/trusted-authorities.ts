import { isJsonObject } from '../base64url/strict-json.js';
import { DcqlQueryError } from './errors.js';
import { arrayOf } from './parse-parts.js';

/**
 * Who may have issued (OpenID4VP 1.0 §6.1.1). Known here is `aki`: base64url of an authority key identifier in the
 * credential's chain. `etsi_tl` and `openid_federation` name lists and federations that nobody here resolves.
 */
export type DcqlTrustedAuthorities = { readonly type: string; readonly values: readonly string[] };

const MAX_AUTHORITIES = 16;
const MAX_VALUES = 32;
const MAX_LENGTH = 2_048;

/** @throws DcqlQueryError `dcql-malformed`, `dcql-too-large` */
export function parseTrustedAuthorities(value: unknown): readonly DcqlTrustedAuthorities[] {
  return arrayOf(value, 'trusted_authorities', MAX_AUTHORITIES).map((entry) => {
    if (!isJsonObject(entry)) throw new DcqlQueryError('dcql-malformed', 'a trusted authority is an object');
    const values = arrayOf(entry.values, 'values', MAX_VALUES).map((one) => textOf(one));
    return { type: textOf(entry.type), values };
  });
}

/**
 * Whether a credential comes from one of the authorities. One entry is enough (§6.1); an entry of an unknown type never
 * matches, because its restriction cannot be checked.
 */
export function fromTrustedAuthority(
  authorities: readonly DcqlTrustedAuthorities[] | undefined,
  authorityKeyIds: readonly string[] = [],
): boolean {
  if (authorities === undefined) return true;
  return authorities.some(({ type, values }) => type === 'aki' && values.some((id) => authorityKeyIds.includes(id)));
}

function textOf(value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_LENGTH)
    throw new DcqlQueryError('dcql-malformed', 'type and values of a trusted authority are texts');
  return value;
}
