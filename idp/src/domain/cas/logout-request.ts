import type { SendLogout } from '../logout/logout-delivery.js';
import type { RelyingParty } from '../relying-parties/relying-party.js';
import { instantText } from './cas-principal.js';
import { element, xmlText } from './xml-text.js';

/**
 * The message of single logout (CAS protocol §2.3.3, appendix C; SAML 2.0 core §3.7.1). `id` begins with a letter or
 * underscore. Short on purpose: mod_auth_cas reads 1,023 bytes of the form and looks for the bare ticket.
 */
export function buildLogoutRequest(parts: { ticket: string; idSecondsNow: number; id: string }): string {
  return [
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"',
    ` ID="${xmlText(parts.id)}" Version="2.0" IssueInstant="${instantText(parts.idSecondsNow)}">`,
    element('saml:NameID', '@NOT_USED@'),
    element('samlp:SessionIndex', parts.ticket),
    '</samlp:LogoutRequest>',
  ].join('');
}

/** The one field of the form, and the first: mod_auth_cas looks no further. */
export function logoutForm(message: string): string {
  return new URLSearchParams({ logoutRequest: message }).toString();
}

/**
 * Posts a form to a service of `party` and answers the status, following no redirect. It reaches private addresses
 * only where the party's registration names them.
 */
export type PostForm = (
  request: { address: string; body: string; contentType: 'application/x-www-form-urlencoded' },
  party: RelyingParty,
  signal: AbortSignal,
) => Promise<{ status: number }>;

/** The service did not take a logout request. */
export class CasLogoutError extends Error {
  readonly code = 'cas-logout-not-taken';
  constructor(readonly status: number) {
    super(`cas-logout-not-taken: ${status}`);
  }
}

/**
 * Sends single logout by the back channel, as the form field `logoutRequest`. A redirect counts as taken: mod_auth_cas
 * ends the session while it reads the body, and then sends the caller to sign in.
 */
export function createCasLogoutSender(deps: {
  post: PostForm;
  nowSeconds: () => number;
  newId: () => string;
}): SendLogout {
  return async (delivery, party, signal) => {
    const ticket = delivery.payload.ticket;
    if (ticket === undefined) throw new TypeError('A CAS delivery holds a ticket.');
    const message = buildLogoutRequest({ ticket, idSecondsNow: deps.nowSeconds(), id: `_${deps.newId()}` });
    const request = {
      address: delivery.address,
      body: logoutForm(message),
      contentType: 'application/x-www-form-urlencoded',
    } as const;
    const { status } = await deps.post(request, party, signal);
    if (status < 200 || status >= 400) throw new CasLogoutError(status);
  };
}
