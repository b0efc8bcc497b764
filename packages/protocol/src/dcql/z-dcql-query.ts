import { isJsonObject, type JsonObject } from '../base64url/strict-json.js';
import { DcqlQueryError } from './errors.js';
import { type DcqlClaimsQuery, parseClaims } from './parse-claims.js';
import { arrayOf, idOf, optionalBoolean, requireUnique } from './parse-parts.js';
import { type DcqlTrustedAuthorities, parseTrustedAuthorities } from './trusted-authorities.js';

export type { DcqlClaimsPath, DcqlClaimsQuery } from './parse-claims.js';
export type { DcqlTrustedAuthorities } from './trusted-authorities.js';

/** What every format has (§6.1). Absent booleans: `multiple` is false, `require_cryptographic_holder_binding` is true. */
type AnyCredentialQuery = {
  readonly id: string;
  readonly multiple?: boolean;
  readonly require_cryptographic_holder_binding?: boolean;
  /** Absent: any issuer the verifier trusts. */
  readonly trusted_authorities?: readonly DcqlTrustedAuthorities[];
  /** Absent: no selectively disclosable claim is asked for. */
  readonly claims?: readonly DcqlClaimsQuery[];
  /** Alternatives by claim id, the verifier's preference first. */
  readonly claim_sets?: readonly (readonly string[])[];
};

/** An SD-JWT VC (Appendix B.3.5). */
export type SdJwtCredentialQuery = AnyCredentialQuery & {
  readonly format: 'dc+sd-jwt';
  readonly meta: { readonly vct_values: readonly string[] };
};

/** An mdoc (Appendix B.2.3); each claims path is a namespace and an element. */
export type MdocCredentialQuery = AnyCredentialQuery & {
  readonly format: 'mso_mdoc';
  readonly meta: { readonly doctype_value: string };
};

export type DcqlCredentialQuery = SdJwtCredentialQuery | MdocCredentialQuery;

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
 * Parses a DCQL query (OpenID4VP 1.0 §6). Unknown members are left out, as §6 demands; a format that nobody here could
 * re-check is refused. Trusted authorities of a type nobody here knows are kept: they match nothing.
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
  const { format, trusted_authorities: authorities } = value;
  if (format !== 'dc+sd-jwt' && format !== 'mso_mdoc')
    throw new DcqlQueryError('dcql-format-not-supported', 'only dc+sd-jwt and mso_mdoc');
  const multiple = optionalBoolean(value, 'multiple');
  const bound = optionalBoolean(value, 'require_cryptographic_holder_binding');
  return {
    id,
    ...(format === 'mso_mdoc'
      ? { format, meta: { doctype_value: docTypeOf(metaOf(value)) } }
      : { format, meta: { vct_values: vctsOf(metaOf(value)) } }),
    ...(multiple === undefined ? {} : { multiple }),
    ...(bound === undefined ? {} : { require_cryptographic_holder_binding: bound }),
    ...(authorities === undefined ? {} : { trusted_authorities: parseTrustedAuthorities(authorities) }),
    ...claimsOf(value, format),
  };
}

/** §6.1: `meta` is required. */
function metaOf({ meta }: JsonObject): JsonObject {
  if (meta === undefined) throw new DcqlQueryError('dcql-meta-missing', 'a credential query has meta');
  if (!isJsonObject(meta)) throw new DcqlQueryError('dcql-meta-malformed', 'meta is an object');
  return meta;
}

/** Appendix B.3.5: `vct_values` is a non-empty array of texts. */
function vctsOf(meta: JsonObject): readonly string[] {
  if (meta.vct_values === undefined) throw new DcqlQueryError('dcql-meta-malformed', 'meta has vct_values');
  return arrayOf(meta.vct_values, 'vct_values', MAX_VCTS).map(typeOf);
}

/** Appendix B.2.3: `doctype_value` is one text. */
function docTypeOf(meta: JsonObject): string {
  return typeOf(meta.doctype_value);
}

function typeOf(type: unknown): string {
  if (typeof type !== 'string' || type === '' || type.length > 512)
    throw new DcqlQueryError('dcql-meta-malformed', 'a type is a text');
  return type;
}

function claimsOf(
  value: JsonObject,
  format: DcqlCredentialQuery['format'],
): Pick<AnyCredentialQuery, 'claims' | 'claim_sets'> {
  const { claims: claimsValue, claim_sets: setsValue } = value;
  if (claimsValue === undefined) {
    if (setsValue === undefined) return {};
    throw new DcqlQueryError('dcql-claim-sets-without-claims', 'claim_sets without claims');
  }
  const claims = parseClaims(claimsValue, { idsRequired: setsValue !== undefined, format });
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
