/** Why a base64url text was refused. */
export type Base64urlErrorCode = 'base64url-malformed' | 'base64url-not-canonical';

/** A text that is not canonical, unpadded base64url. */
export class Base64urlError extends Error {
  override readonly name = 'Base64urlError';
  readonly code: Base64urlErrorCode;
  constructor(code: Base64urlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
