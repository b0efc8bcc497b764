/** Why a compact JWS was refused. */
export type JwsErrorCode =
  | 'jws-too-large'
  | 'jws-malformed'
  | 'jws-header-malformed'
  | 'jws-alg-not-allowed'
  | 'jws-crit-not-understood'
  | 'jws-b64-not-supported'
  | 'jws-typ-wrong'
  | 'jws-signature-malformed'
  | 'jws-signature-invalid'
  | 'jws-payload-malformed';

/** A refused JWS; `code` is stable, the message is for the log. */
export class JwsError extends Error {
  override readonly name = 'JwsError';
  readonly code: JwsErrorCode;
  constructor(code: JwsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Why a JSON Web Key was refused. */
export type JwkErrorCode =
  | 'jwk-malformed'
  | 'jwk-type-not-allowed'
  | 'jwk-has-private-part'
  | 'jwk-coordinate-malformed'
  | 'jwk-not-on-curve'
  | 'jwk-use-not-allowed';

/** A refused JWK; `code` is stable, the message is for the log. */
export class JwkError extends Error {
  override readonly name = 'JwkError';
  readonly code: JwkErrorCode;
  constructor(code: JwkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
