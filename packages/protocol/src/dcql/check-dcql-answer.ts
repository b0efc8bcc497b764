import type { JsonObject } from '../base64url/strict-json.js';
import { checkAnswerShape } from './check-answer-shape.js';
import { DcqlAnswerError } from './errors.js';
import { claimFault, matchingClaims } from './match-claims.js';
import { fromTrustedAuthority } from './trusted-authorities.js';
import type { DcqlClaimsQuery, DcqlCredentialQuery, DcqlQuery } from './z-dcql-query.js';

/** A credential whose signatures, validity and, where `holderBound`, key binding were verified before. */
export type PresentedCredential = {
  /**
   * SD-JWT VC: processed claims, every disclosure in its place. mdoc: `jsonOfElements` of what the ISSUER signed; what
   * the holder signed himself answers no query.
   */
  readonly claims: JsonObject;
  readonly holderBound: boolean;
  /** base64url of the authority key identifiers in the verified chain (`authorityKeyIdsOf`); none where absent. */
  readonly authorityKeyIds?: readonly string[];
} & (
  | { readonly format: 'dc+sd-jwt'; readonly vct: string }
  | { readonly format: 'mso_mdoc'; readonly docType: string }
);

/** Proof that every criterion was checked again; `claims` is what of the query holds, for each credential. */
export type CheckedDcqlAnswer = ReadonlyMap<string, readonly { readonly claims: readonly DcqlClaimsQuery[] }[]>;

/**
 * Checks every criterion of the query on verified credentials (OpenID4VP 1.0 §6.4, §8.6, §14.11): a wallet may ignore
 * or lie about each of them, `values` included. Does not verify any signature.
 *
 * @throws DcqlAnswerError with one of `DcqlAnswerErrorCode`.
 */
export function checkDcqlAnswer(
  query: DcqlQuery,
  answer: ReadonlyMap<string, readonly PresentedCredential[]>,
): CheckedDcqlAnswer {
  checkAnswerShape(query, answer);
  const checked = new Map<string, { readonly claims: readonly DcqlClaimsQuery[] }[]>();
  for (const credential of query.credentials) {
    const presented = answer.get(credential.id);
    if (presented !== undefined)
      checked.set(
        credential.id,
        presented.map((one) => ({ claims: checkCredential(credential, one) })),
      );
  }
  return checked;
}

/** One credential against its query. @throws DcqlAnswerError */
export function checkCredential(
  query: DcqlCredentialQuery,
  presented: PresentedCredential,
): readonly DcqlClaimsQuery[] {
  const { id } = query;
  if (presented.format !== query.format) throw new DcqlAnswerError('answer-format-wrong', 'another format', id);
  if (!isAskedType(query, presented)) throw new DcqlAnswerError('answer-type-wrong', 'another type', id);
  if (!fromTrustedAuthority(query.trusted_authorities, presented.authorityKeyIds))
    throw new DcqlAnswerError('answer-authority-wrong', 'from none of the trusted authorities', id);
  if (query.require_cryptographic_holder_binding !== false && !presented.holderBound)
    throw new DcqlAnswerError('answer-not-bound', 'no holder signed it', id);
  const claims = matchingClaims(presented.claims, query);
  if (claims !== undefined) return claims;
  const lacking = (query.claims ?? []).some((claim) => claimFault(presented.claims, claim) === 'missing');
  throw lacking
    ? new DcqlAnswerError('answer-claim-missing', 'a claim that was asked for is not there', id)
    : new DcqlAnswerError('answer-value-wrong', 'a claim has none of the wanted values', id);
}

function isAskedType(query: DcqlCredentialQuery, presented: PresentedCredential): boolean {
  if (query.format === 'mso_mdoc')
    return presented.format === 'mso_mdoc' && presented.docType === query.meta.doctype_value;
  return presented.format === 'dc+sd-jwt' && query.meta.vct_values.includes(presented.vct);
}
