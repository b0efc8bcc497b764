import { AuthorizationRequestError, DcqlQueryError, JwsError, RequestRefusal } from '@lanyard/protocol';
import { X509Error } from '@lanyard/protocol/x509';

/** Why there is nothing to agree to; `code` is for the small print. */
export type ConsentProblemKind =
  | 'offline'
  | 'no-answer'
  | 'request-gone'
  | 'forged'
  | 'certificate-expired'
  | 'not-supported'
  | 'transaction'
  | 'origin'
  | 'no-match'
  | 'no-copies'
  | 'refused'
  | 'send'
  | 'storage'
  | 'sign';

export class ConsentProblem extends Error {
  override readonly name = 'ConsentProblem';
  constructor(
    readonly kind: ConsentProblemKind,
    readonly code: string = kind,
  ) {
    super(`${kind}: ${code}`);
  }
}

const NOT_SUPPORTED = /not-supported|format|encryption/;

/** What a refused request is to the student; anything else stays what it is. */
export function problemOf(error: unknown): unknown {
  if (error instanceof X509Error) {
    return new ConsentProblem(error.code === 'certificate-expired' ? 'certificate-expired' : 'forged', error.code);
  }
  if (error instanceof RequestRefusal) {
    return new ConsentProblem(error.code === 'request-expired' ? 'request-gone' : 'forged', error.code);
  }
  if (error instanceof AuthorizationRequestError || error instanceof DcqlQueryError) {
    if (error.code === 'transaction-data-not-supported') return new ConsentProblem('transaction', error.code);
    if (error.code === 'origin-not-expected') return new ConsentProblem('origin', error.code);
    return new ConsentProblem(NOT_SUPPORTED.test(error.code) ? 'not-supported' : 'forged', error.code);
  }
  return error instanceof JwsError ? new ConsentProblem('forged', error.code) : error;
}
