/** Why a wallet did not take a link as a request for a presentation. */
export type RequestLinkErrorCode =
  | 'link-too-large'
  | 'link-unreadable'
  | 'link-parameter-repeated'
  | 'link-parameter-missing'
  | 'link-address-unsafe'
  | 'link-not-supported';

/** A refused link; `code` is stable, the message is for the log. */
export class RequestLinkError extends Error {
  override readonly name = 'RequestLinkError';
  readonly code: RequestLinkErrorCode;
  constructor(code: RequestLinkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Why a well-formed request object is not answered, beside what parsers and certificates say. */
export type RequestRefusalCode =
  | 'x5c-missing'
  | 'x5c-malformed'
  | 'client-id-mismatch'
  | 'client-id-not-in-certificate'
  | 'response-uri-elsewhere'
  | 'wallet-nonce-wrong'
  | 'request-not-yet-valid'
  | 'request-expired';

/** A refused request object; `code` is stable, the message is for the log. */
export class RequestRefusal extends Error {
  override readonly name = 'RequestRefusal';
  readonly code: RequestRefusalCode;
  constructor(code: RequestRefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
