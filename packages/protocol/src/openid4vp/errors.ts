/** Why an authorization request was refused (OpenID4VP 1.0 §5). */
export type AuthorizationRequestErrorCode =
  | 'request-malformed'
  | 'client-id-malformed'
  | 'client-id-prefix-not-supported'
  | 'request-audience-wrong'
  | 'response-type-not-supported'
  | 'response-mode-not-supported'
  | 'response-uri-malformed'
  | 'nonce-malformed'
  | 'state-malformed'
  | 'client-metadata-malformed'
  | 'format-not-supported'
  | 'encryption-key-missing'
  | 'encryption-not-supported'
  | 'transaction-data-not-supported'
  | 'origin-not-expected';

/** What a wallet tells the verifier of its refusal (OpenID4VP 1.0 §8.5), where the verifier was proved. */
export type RequestRefusalAnswer = {
  readonly responseUri: string;
  readonly fields: { readonly [field: string]: string };
};

/** A refused request; `code` is stable, the message is for the log. DCQL has errors of its own. */
export class AuthorizationRequestError extends Error {
  override readonly name = 'AuthorizationRequestError';
  readonly code: AuthorizationRequestErrorCode;
  /** Undefined where nothing goes back to whoever asked. */
  readonly answer: RequestRefusalAnswer | undefined;
  constructor(
    code: AuthorizationRequestErrorCode,
    message: string,
    options?: ErrorOptions & { readonly answer?: RequestRefusalAnswer },
  ) {
    super(message, options);
    this.code = code;
    this.answer = options?.answer;
  }
}

/** Why a vp_token was refused as a whole (OpenID4VP 1.0 §8.1). What its presentations prove is another matter. */
export type VpTokenErrorCode = 'vp-token-malformed' | 'vp-token-too-large' | 'presentation-repeated';

/** A refused vp_token; `code` is stable, the message is for the log. */
export class VpTokenError extends Error {
  override readonly name = 'VpTokenError';
  readonly code: VpTokenErrorCode;
  constructor(code: VpTokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
