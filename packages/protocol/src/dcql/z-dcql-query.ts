import { isJsonObject, type JsonObject } from '../base64url/strict-json.js';
import { DcqlQueryError } from './errors.js';
import { type DcqlClaimsQuery, parseClaims } from './parse-claims.js';
import { arrayOf, idOf, optionalBoolean, requireUnique } from './parse-parts.js';

export type { DcqlClaimsPath, DcqlClaimsQuery } from './parse-claims.js';

/** One credential (§6.1). Absent booleans: `multiple` is false, `require_cryptographic_holder_binding` is true. */
export type DcqlCredentialQuery = {
  readonly id: string;
  readonly format: 'dc+sd-jwt';
  readonly meta: { readonly vct_values: readonly string[] };
  readonly multiple?: boolean;
  readonly require_cryptographic_holder_binding?: boolean;
  /** Absent: no selectively disclosable claim is asked for. */
  readonly claims?: readonly DcqlClaimsQuery[];
  /** Alternatives by claim id, the verifier's preference first. */
  readonly claim_sets?: readonly (readonly string[])[];
};

/** Alternatives of whole credentials (§6.2). Absent `required` is true. */
export type DcqlCredentialSetQuery = {
  readonly options: readonly (readonly string[])[];
  readonly required?: boolean;
};

/** A query in the form it has on the wire, checked by {@link parseDcqlQuery}. */
export type DcqlQuery = {
  readonly credentials: readonly DcqlCredentialQuery[];
  readonly credential_sets?: readonly DcqlCredentialSetQuery[];
};

const MAX_CREDENTIALS = 8;
const MAX_VCTS = 16;
const MAX_CLAIM_SETS = 16;
const MAX_CREDENTIAL_SETS = 8;
const MAX_OPTIONS = 16;

/**
 * Parses a DCQL query (OpenID4VP 1.0 §6). Unknown members are left out, as §6 demands; a format or a restriction that
 * nobody here could re-check is refused instead of ignored.
 *
 * @throws DcqlQueryError with one of `DcqlQueryErrorCode`.
 */
export function parseDcqlQuery(value: unknown): DcqlQuery {
  if (!isJsonObject(value)) throw new DcqlQueryError('dcql-malformed', 'a query is an object');
  const credentials = arrayOf(value.credentials, 'credentials', MAX_CREDENTIALS).map(parseCredential);
  const ids = credentials.map(({ id }) => id);
  requireUnique(ids, 'dcql-id-repeated', 'two credential queries have one id');
  if (value.credential_sets === undefined) return { credentials };
  const sets = arrayOf(value.credential_sets, 'credential_sets', MAX_CREDENTIAL_SETS);
  return { credentials, credential_sets: sets.map((set) => parseCredentialSet(set, ids)) };
}

function parseCredential(value: unknown): DcqlCredentialQuery {
  if (!isJsonObject(value)) throw new DcqlQueryError('dcql-malformed', 'a credential query is an object');
  const id = idOf(value.id);
  if (value.format !== 'dc+sd-jwt') throw new DcqlQueryError('dcql-format-not-supported', 'only dc+sd-jwt');
  if (value.trusted_authorities !== undefined)
    throw new DcqlQueryError('dcql-trusted-authorities-not-supported', 'trusted_authorities cannot be checked here');
  const multiple = optionalBoolean(value, 'multiple');
  const bound = optionalBoolean(value, 'require_cryptographic_holder_binding');
  return {
    id,
    format: value.format,
    meta: parseMeta(value.meta),
    ...(multiple === undefined ? {} : { multiple }),
    ...(bound === undefined ? {} : { require_cryptographic_holder_binding: bound }),
    ...claimsOf(value),
  };
}

/** §6.1: `meta` is required; Appendix B.3.5: `vct_values` is a non-empty array of texts. */
function parseMeta(value: unknown): DcqlCredentialQuery['meta'] {
  if (value === undefined) throw new DcqlQueryError('dcql-meta-missing', 'a credential query has meta');
  if (!isJsonObject(value)) throw new DcqlQueryError('dcql-meta-malformed', 'meta is an object');
  if (value.vct_values === undefined) throw new DcqlQueryError('dcql-meta-malformed', 'meta has vct_values');
  const vcts = arrayOf(value.vct_values, 'vct_values', MAX_VCTS).map((vct) => {
    if (typeof vct !== 'string' || vct === '' || vct.length > 512)
      throw new DcqlQueryError('dcql-meta-malformed', 'a type is a text');
    return vct;
  });
  return { vct_values: vcts };
}

function claimsOf(value: JsonObject): Pick<DcqlCredentialQuery, 'claims' | 'claim_sets'> {
  const { claims: claimsValue, claim_sets: setsValue } = value;
  if (claimsValue === undefined) {
    if (setsValue === undefined) return {};
    throw new DcqlQueryError('dcql-claim-sets-without-claims', 'claim_sets without claims');
  }
  const claims = parseClaims(claimsValue, setsValue !== undefined);
  if (setsValue === undefined) return { claims };
  const known = claims.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const sets = arrayOf(setsValue, 'claim_sets', MAX_CLAIM_SETS).map((set) => parseIds(set, known, known.length));
  return { claims, claim_sets: sets };
}

function parseCredentialSet(value: unknown, ids: readonly string[]): DcqlCredentialSetQuery {
  if (!isJsonObject(value)) throw new DcqlQueryError('dcql-malformed', 'a credential set query is an object');
  const required = optionalBoolean(value, 'required');
  const options = arrayOf(value.options, 'options', MAX_OPTIONS).map((option) =>
    parseIds(option, ids, MAX_CREDENTIALS),
  );
  return { options, ...(required === undefined ? {} : { required }) };
}

function parseIds(value: unknown, known: readonly string[], max: number): readonly string[] {
  const ids = arrayOf(value, 'a set', max).map(idOf);
  requireUnique(ids, 'dcql-id-repeated', 'a set names an id twice');
  if (ids.some((id) => !known.includes(id))) throw new DcqlQueryError('dcql-id-unknown', 'a set names an unknown id');
  return ids;
}
