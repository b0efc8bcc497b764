import { checkDcqlAnswer, type PresentedCredential } from '../../../src/dcql/check-dcql-answer.js';
import { DcqlAnswerError, DcqlQueryError } from '../../../src/dcql/errors.js';
import { type DcqlQuery, parseDcqlQuery } from '../../../src/dcql/z-dcql-query.js';

export const VCT = 'urn:lanyard:student-id:1';
export const credentialQuery = (more: object = {}) => ({
  id: 'id',
  format: 'dc+sd-jwt',
  meta: { vct_values: [VCT] },
  ...more,
});
type Presented<Format> = Extract<PresentedCredential, { readonly format: Format }>;

export const held = (claims: object = {}, more: Partial<Presented<'dc+sd-jwt'>> = {}): PresentedCredential => ({
  format: 'dc+sd-jwt',
  vct: VCT,
  claims: claims as PresentedCredential['claims'],
  holderBound: true,
  ...more,
});

export const DOC_TYPE = 'org.lanyard.student-id.1';
export const mdocQuery = (more: object = {}) => ({
  id: 'id',
  format: 'mso_mdoc',
  meta: { doctype_value: DOC_TYPE },
  ...more,
});
export const heldMdoc = (elements: object = {}, more: Partial<Presented<'mso_mdoc'>> = {}): PresentedCredential => ({
  format: 'mso_mdoc',
  docType: DOC_TYPE,
  claims: { [DOC_TYPE]: elements } as PresentedCredential['claims'],
  holderBound: true,
  ...more,
});

/** The code a query is refused with. */
export function queryCode(value: unknown): string {
  try {
    parseDcqlQuery(value);
    return 'accepted';
  } catch (error) {
    if (error instanceof DcqlQueryError) return error.code;
    throw error;
  }
}

/** The code an answer is refused with. */
export function answerCode(query: object, answer: Record<string, readonly PresentedCredential[]>): string {
  try {
    checkDcqlAnswer(parseDcqlQuery(query) as DcqlQuery, new Map(Object.entries(answer)));
    return 'accepted';
  } catch (error) {
    if (error instanceof DcqlAnswerError) return error.code;
    throw error;
  }
}
