import { RequestLinkError } from './errors.js';
import { readUrl, safeAddress } from './safe-address.js';

/** What a link says: nothing in it is authenticated, the signed request object must repeat `clientId`. */
export type AuthorizationRequestLink = {
  readonly clientId: string;
  readonly requestUri: string;
  /** Only where the link asks for POST (§5.10); a wallet without that method fetches by GET all the same. */
  readonly requestUriMethod?: 'post';
};

const MAX_CHARACTERS = 8192;
const METHODS = ['get', 'post'];
/** HAIP 1.0 §5.1 beside the one of OpenID4VP. */
const SCHEMES = ['openid4vp:', 'haip-vp:'];

/**
 * Reads `openid4vp://?…`, `haip-vp://?…` or a link to the wallet's own page with the same parameters (OpenID4VP 1.0 §5, §5.10;
 * RFC 9101 §5.2). Only signed requests by reference are taken. `walletPage` is the address of the wallet's own page;
 * without it any address that ends in `/present` will do, for wallets without pages.
 *
 * @throws RequestLinkError `link-too-large`, `link-unreadable`, `link-parameter-repeated`, `link-parameter-missing`,
 *   `link-address-unsafe` (http beyond this device), `link-not-supported` (a request by value or unsigned).
 */
export function parseAuthorizationRequestLink(text: string, walletPage?: string): AuthorizationRequestLink {
  const trimmed = text.trim();
  if (trimmed.length > MAX_CHARACTERS) throw new RequestLinkError('link-too-large', 'more than 8192 characters');
  const url = readUrl(trimmed);
  if (url === undefined || !isRequestAddress(url, walletPage)) {
    throw new RequestLinkError('link-unreadable', 'no link to a request');
  }
  const values = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    // RFC 6749 §3.1: parameters must not be included more than once.
    if (values.has(name)) throw new RequestLinkError('link-parameter-repeated', `${name} is there twice`);
    values.set(name, value);
  }
  if (values.has('request')) throw new RequestLinkError('link-not-supported', 'a request by value');
  const clientId = values.get('client_id') ?? '';
  const requestUri = values.get('request_uri') ?? '';
  if (requestUri === '' && values.has('response_type')) {
    throw new RequestLinkError('link-not-supported', 'an unsigned request');
  }
  if (clientId === '' || requestUri === '') {
    throw new RequestLinkError('link-parameter-missing', 'client_id or request_uri is missing');
  }
  const method = values.get('request_uri_method') ?? 'get';
  if (!METHODS.includes(method)) {
    throw new RequestLinkError('link-not-supported', 'request_uri_method is neither get nor post');
  }
  if (safeAddress(requestUri) === undefined) {
    throw new RequestLinkError('link-address-unsafe', 'request_uri is neither https nor on this device');
  }
  return { clientId, requestUri, ...(method === 'post' ? { requestUriMethod: method } : {}) };
}

/** Whether a scanned or pasted text means to be such a link, so that a scanner knows where to send it. */
export function looksLikeRequestLink(text: string, walletPage?: string): boolean {
  const url = readUrl(text.trim());
  return url !== undefined && isRequestAddress(url, walletPage);
}

function isRequestAddress(url: URL, walletPage: string | undefined): boolean {
  if (SCHEMES.includes(url.protocol)) return true;
  if (walletPage === undefined) return /^https?:$/.test(url.protocol) && url.pathname.endsWith('/present');
  const page = readUrl(walletPage);
  return page !== undefined && url.origin === page.origin && url.pathname === page.pathname;
}
