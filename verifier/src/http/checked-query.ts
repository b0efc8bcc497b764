import { Refusal } from '@lanyard/platform';
import { type DcqlCredentialQuery, type DcqlQuery, DcqlQueryError, parseDcqlQuery } from '@lanyard/protocol';
import { STUDENT_ID_DOC_TYPE, STUDENT_ID_NAMESPACE } from '@lanyard/protocol/mdoc';
import { ASKED_VCTS, askedVcts } from '../domain/presentations/asked-types.js';

/**
 * A query that this verifier can check in full: student IDs in either format, documents, and authorities by key identifier.
 * What it could only ever refuse is refused here.
 * @throws Refusal `dcql-query-invalid`
 */
export function checkedQuery(value: unknown): DcqlQuery {
  let query: DcqlQuery;
  try {
    query = parseDcqlQuery(value);
  } catch (cause) {
    if (cause instanceof DcqlQueryError)
      throw new Refusal('dcql-query-invalid', { detail: `${cause.code}: ${cause.message}`, cause });
    throw cause;
  }
  for (const credential of query.credentials) {
    const fault = faultOf(credential);
    if (fault !== undefined) throw new Refusal('dcql-query-invalid', { detail: fault });
  }
  return query;
}

function faultOf(credential: DcqlCredentialQuery): string | undefined {
  if (credential.trusted_authorities?.some(({ type }) => type !== 'aki') === true)
    return 'of trusted_authorities only aki can be checked here';
  if (credential.format === 'dc+sd-jwt')
    return askedVcts(credential.meta.vct_values).length > 0
      ? undefined
      : `vct_values has to name ${ASKED_VCTS.join(' or ')}`;
  if (credential.meta.doctype_value !== STUDENT_ID_DOC_TYPE) return `doctype_value has to be ${STUDENT_ID_DOC_TYPE}`;
  // There is no DeviceResponse without a device signature.
  if (credential.require_cryptographic_holder_binding === false) return 'an mdoc is always bound to its holder';
  const elsewhere = credential.claims?.some(({ path }) => path[0] !== STUDENT_ID_NAMESPACE) === true;
  return elsewhere ? `the namespace is ${STUDENT_ID_NAMESPACE}` : undefined;
}

/** Says of each mdoc element whether it is kept (B.2.4): a wallet shows that to the holder. A caller's own word stands. */
export function withRetention(query: DcqlQuery, kept: boolean): DcqlQuery {
  const credentials = query.credentials.map((credential) =>
    credential.format !== 'mso_mdoc' || credential.claims === undefined
      ? credential
      : {
          ...credential,
          claims: credential.claims.map((claim) => ({
            ...claim,
            intent_to_retain: kept || claim.intent_to_retain === true,
          })),
        },
  );
  return { ...query, credentials };
}
