/** Why an SD-JWT VC was refused beyond the form of its SD-JWT. */
export type SdJwtVcErrorCode =
  | 'vc-typ-wrong'
  | 'vct-missing'
  | 'vct-not-accepted'
  | 'claim-malformed'
  | 'claim-must-not-be-selective'
  | 'unknown-issuer'
  | 'issuer-signature-invalid'
  | 'not-yet-valid'
  | 'expired'
  | 'holder-key-missing'
  | 'holder-key-malformed'
  | 'status-malformed'
  | 'status-not-supported';

/** A refused SD-JWT VC; `code` is stable, the message is for the log. */
export class SdJwtVcError extends Error {
  override readonly name = 'SdJwtVcError';
  readonly code: SdJwtVcErrorCode;
  constructor(code: SdJwtVcErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
