/** Why an SD-JWT or its key binding was refused (RFC 9901 §7). */
export type SdJwtErrorCode =
  | 'sd-jwt-too-large'
  | 'sd-jwt-malformed'
  | 'sd-jwt-too-deep'
  | 'sd-alg-not-supported'
  | 'too-many-disclosures'
  | 'disclosure-malformed'
  | 'disclosure-element-count'
  | 'disclosure-salt-malformed'
  | 'disclosure-name-malformed'
  | 'disclosure-name-forbidden'
  | 'disclosure-repeated'
  | 'disclosure-orphan'
  | 'digest-malformed'
  | 'digest-repeated'
  | 'claim-name-reserved'
  | 'claim-name-exists'
  | 'claim-not-found'
  | 'key-binding-missing'
  | 'key-binding-malformed'
  | 'key-binding-signature-invalid'
  | 'key-binding-typ-wrong'
  | 'key-binding-nonce-wrong'
  | 'key-binding-audience-wrong'
  | 'key-binding-too-old'
  | 'key-binding-in-the-future'
  | 'key-binding-sd-hash-wrong';

/** A refused SD-JWT; `code` is stable, the message is for the log. */
export class SdJwtError extends Error {
  override readonly name = 'SdJwtError';
  readonly code: SdJwtErrorCode;
  constructor(code: SdJwtErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
