/** Why a Status List Token was refused or an entry could not be read. None of these says anything about a credential. */
export type StatusListErrorCode =
  | 'status-list-malformed'
  | 'status-list-typ-wrong'
  | 'status-list-signature-invalid'
  | 'status-list-subject-wrong'
  | 'status-list-expired'
  | 'status-list-too-large'
  | 'status-list-not-inflatable'
  | 'status-index-out-of-bounds'
  | 'status-value-unknown';

/** A refused status list; `code` is stable, the message is for the log. */
export class StatusListError extends Error {
  override readonly name = 'StatusListError';
  readonly code: StatusListErrorCode;
  constructor(code: StatusListErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
