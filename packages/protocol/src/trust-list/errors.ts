/** Why a trust list was refused. The three `rolled-back`, `forked` and `chain-broken` are alarms, not accidents. */
export type TrustListErrorCode =
  | 'trust-list-too-large'
  | 'trust-list-malformed'
  | 'trust-list-key-unknown'
  | 'trust-list-signature-invalid'
  | 'trust-list-rolled-back'
  | 'trust-list-forked'
  | 'trust-list-chain-broken'
  | 'trust-list-in-the-future'
  | 'trust-list-expired';

/** A refused trust list; `code` is stable, the message is for the log. The list before stays in force. */
export class TrustListError extends Error {
  override readonly name = 'TrustListError';
  readonly code: TrustListErrorCode;
  constructor(code: TrustListErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
