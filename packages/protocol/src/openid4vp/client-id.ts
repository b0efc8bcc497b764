import { isBase64urlOfLength } from '../base64url/base64url.js';
import { AuthorizationRequestError } from './errors.js';

/** Client identifier prefixes of signed requests (OpenID4VP 1.0 §5.9.3). */
export const CLIENT_ID_PREFIXES = ['x509_san_dns', 'x509_hash'] as const;
export type ClientIdPrefix = (typeof CLIENT_ID_PREFIXES)[number];

/** `full` is what stands in the request, in the KB-JWT's `aud` and everywhere else (§14.10), prefix included. */
export type ClientId = { readonly prefix: ClientIdPrefix; readonly value: string; readonly full: string };

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/**
 * Parses a full client identifier. That the certificate belongs to it is checked elsewhere.
 *
 * @throws AuthorizationRequestError `client-id-prefix-not-supported`, `client-id-malformed`.
 */
export function parseClientId(full: string): ClientId {
  const colon = full.indexOf(':');
  const prefix = CLIENT_ID_PREFIXES.find((known) => known === full.slice(0, Math.max(0, colon)));
  if (prefix === undefined) throw new AuthorizationRequestError('client-id-prefix-not-supported', 'another prefix');
  const value = full.slice(colon + 1);
  const fits = prefix === 'x509_hash' ? isBase64urlOfLength(value, 32) : DNS_NAME.test(value);
  if (!fits) throw new AuthorizationRequestError('client-id-malformed', `this is no ${prefix}`);
  return { prefix, value, full };
}
