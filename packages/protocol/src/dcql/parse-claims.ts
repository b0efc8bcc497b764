import { isJsonObject } from '../base64url/strict-json.js';
import { DcqlQueryError } from './errors.js';
import { arrayOf, idOf, optionalBoolean, requireUnique } from './parse-parts.js';

/** A claims path pointer (OpenID4VP 1.0 §7): names, indices, and null for every element of an array. */
export type DcqlClaimsPath = readonly (string | number | null)[];

/** One claim (§6.3). `values` is a hint to the wallet and never a check: the verifier compares again (§14.11). */
export type DcqlClaimsQuery = {
  readonly id?: string;
  readonly path: DcqlClaimsPath;
  readonly values?: readonly (string | number | boolean)[];
  /** mdoc only (B.2.4): whether the verifier means to keep the element. Absent: it says nothing about it. */
  readonly intent_to_retain?: boolean;
};

type ClaimRules = { readonly idsRequired: boolean; readonly format: 'dc+sd-jwt' | 'mso_mdoc' };

const MAX_CLAIMS = 64;
const MAX_PATH = 8;
const MAX_NAME_LENGTH = 128;
const MAX_VALUES = 64;
const MAX_VALUE_LENGTH = 1_024;

/**
 * Claims of one credential query (OpenID4VP 1.0 §6.3); with claim sets each needs an id.
 *
 * @throws DcqlQueryError
 */
export function parseClaims(value: unknown, rules: ClaimRules): readonly DcqlClaimsQuery[] {
  const claims = arrayOf(value, 'claims', MAX_CLAIMS).map((claim) => parseClaim(claim, rules));
  const ids = claims.flatMap(({ id }) => (id === undefined ? [] : [id]));
  requireUnique(ids, 'dcql-id-repeated', 'two claims have one id');
  // §6.3: a verifier does not point to one claim more than once in a credential query.
  requireUnique(
    claims.map(({ path }) => JSON.stringify(path)),
    'dcql-path-repeated',
    'a claim is asked for twice',
  );
  return claims;
}

function parseClaim(value: unknown, { idsRequired, format }: ClaimRules): DcqlClaimsQuery {
  if (!isJsonObject(value)) throw new DcqlQueryError('dcql-malformed', 'a claims query is an object');
  const id = value.id === undefined && !idsRequired ? undefined : idOf(value.id);
  const path = parsePath(value.path);
  if (format === 'mso_mdoc') requireElementPath(path);
  const retain = format === 'mso_mdoc' ? optionalBoolean(value, 'intent_to_retain') : undefined;
  return {
    ...(id === undefined ? {} : { id }),
    path,
    ...(value.values === undefined ? {} : { values: parseValues(value.values) }),
    ...(retain === undefined ? {} : { intent_to_retain: retain }),
  };
}

/** §7.2: exactly a namespace and an element. */
function requireElementPath(path: DcqlClaimsPath): void {
  if (path.length !== 2 || path.some((step) => typeof step !== 'string'))
    throw new DcqlQueryError('dcql-path-malformed', 'a path into an mdoc is a namespace and an element');
}

/** §7: texts, non-negative whole numbers and null. */
function parsePath(value: unknown): DcqlClaimsPath {
  if (!Array.isArray(value) || value.length === 0)
    throw new DcqlQueryError('dcql-path-malformed', 'a path is a non-empty array');
  if (value.length > MAX_PATH) throw new DcqlQueryError('dcql-too-large', `a path of more than ${MAX_PATH} elements`);
  return value.map((element: unknown) => {
    if (element === null) return element;
    if (typeof element === 'string' && element.length <= MAX_NAME_LENGTH) return element;
    if (typeof element === 'number' && Number.isSafeInteger(element) && element >= 0) return element;
    throw new DcqlQueryError('dcql-path-malformed', 'a path holds names, indices and null');
  });
}

function parseValues(value: unknown): readonly (string | number | boolean)[] {
  return arrayOf(value, 'values', MAX_VALUES).map((one) => {
    if (typeof one === 'boolean') return one;
    if (typeof one === 'string' && one.length <= MAX_VALUE_LENGTH) return one;
    if (typeof one === 'number' && Number.isSafeInteger(one)) return one;
    throw new DcqlQueryError('dcql-values-malformed', 'a value is a text, a whole number or a boolean');
  });
}
