/** Codes of RFC 6749 §4.1.2.1, §5.2 and RFC 6750 §3.1. */
export type Oauth2Code =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_token'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'access_denied'
  | 'server_error';

/** A refusal as the client may read it. */
export interface Oauth2Error {
  error: Oauth2Code;
  /** Printable ASCII without quotes (RFC 6749 §5.2); nothing the client sent. */
  error_description: string;
}

export function oauth2Error(error: Oauth2Code, description: string): Oauth2Error {
  return { error, error_description: description };
}
