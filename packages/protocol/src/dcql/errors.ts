/** Why a DCQL query was refused (OpenID4VP 1.0 §6). */
export type DcqlQueryErrorCode =
  | 'dcql-malformed'
  | 'dcql-too-large'
  | 'dcql-id-malformed'
  | 'dcql-id-repeated'
  | 'dcql-id-unknown'
  | 'dcql-format-not-supported'
  | 'dcql-meta-missing'
  | 'dcql-meta-malformed'
  | 'dcql-path-malformed'
  | 'dcql-path-repeated'
  | 'dcql-values-malformed'
  | 'dcql-claim-sets-without-claims';

/** A refused query; `code` is stable, the message is for the log. */
export class DcqlQueryError extends Error {
  override readonly name = 'DcqlQueryError';
  readonly code: DcqlQueryErrorCode;
  constructor(code: DcqlQueryErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Why an answer does not fit its query (OpenID4VP 1.0 §6.4, §8.1, §8.6, §14.11). */
export type DcqlAnswerErrorCode =
  | 'answer-id-unknown'
  | 'answer-empty'
  | 'answer-too-many'
  | 'answer-missing'
  | 'answer-not-asked'
  | 'answer-format-wrong'
  | 'answer-type-wrong'
  | 'answer-authority-wrong'
  | 'answer-claim-missing'
  | 'answer-value-wrong'
  | 'answer-not-bound';

/** A refused answer; `queryId` names the credential query it failed at, where it is one of ours. */
export class DcqlAnswerError extends Error {
  override readonly name = 'DcqlAnswerError';
  readonly code: DcqlAnswerErrorCode;
  readonly queryId: string | undefined;
  constructor(code: DcqlAnswerErrorCode, message: string, queryId?: string) {
    super(message);
    this.code = code;
    this.queryId = queryId;
  }
}
