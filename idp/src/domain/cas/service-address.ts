import type { RelyingParty } from '../relying-parties/relying-party.js';

/** A service URL that may be shown, compared and redirected to. Made only by {@link parseServiceAddress}. */
export interface ServiceAddress {
  /** As the client sent it, form-decoded once. What validation compares. */
  readonly text: string;
  /** The same with spaces and letters outside ASCII percent-encoded: what the browser is sent to. */
  readonly href: string;
  readonly origin: string;
  readonly brand: 'service-address';
}

const MAX_CHARACTERS = 1_500;
/** The authority in ASCII, without user info, and then a path, a query or nothing: look-alike hosts end here. */
const FRAME = /^https?:\/\/[a-z0-9.:[\]-]+(?:[/?]|$)/;
/** Control characters and line ends, which URL parsers drop; backslash; fragment; what a decoder could not read. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const NEVER = /[\u0000-\u001f\u007f\\#\ufffd]|\p{Surrogate}/u;
/** Slashes and dots that only a later decoder would see, and path parameters, which servers strip at different times. */
const HIDDEN_IN_PATH = /%(?:2f|5c|2e|00)|;/i;

/**
 * Takes a `service` apart. Undefined unless the text as sent is in normal form (WHATWG URL): no default port, no dot
 * segment, no upper-case host, no user info, no fragment. Letters outside ASCII may be raw in path and query, as Apache
 * sends them.
 */
export function parseServiceAddress(text: string): ServiceAddress | undefined {
  if (text.length > MAX_CHARACTERS || NEVER.test(text) || !FRAME.test(text)) return undefined;
  const href = text.replace(/[^\u0021-\u007e]/gu, encodeURIComponent);
  if (!URL.canParse(href)) return undefined;
  const url = new URL(href);
  if (url.href !== href && url.origin !== href) return undefined;
  if (HIDDEN_IN_PATH.test(url.pathname)) return undefined;
  return { text, href, origin: url.origin, brand: 'service-address' };
}

export interface ServiceMatch {
  party: RelyingParty;
  address: ServiceAddress;
}
export type MatchService = (text: string) => ServiceMatch | undefined;

interface Entry {
  party: RelyingParty;
  url: string;
  match: 'exact' | 'prefix';
}

/**
 * Finds the one relying party a service URL belongs to: an exact address before a prefix, the longer prefix before the
 * shorter. Undefined where none fits, or where two parties fit equally well.
 */
export function createServiceMatcher(parties: readonly RelyingParty[]): MatchService {
  const byOrigin = new Map<string, Entry[]>();
  for (const party of parties)
    for (const service of party.cas?.services ?? []) {
      const origin = new URL(service.url).origin;
      byOrigin.set(origin, [...(byOrigin.get(origin) ?? []), { party, url: service.url, match: service.match }]);
    }
  return (text) => {
    const address = parseServiceAddress(text);
    if (address === undefined) return undefined;
    let best: Entry | undefined;
    let rivals = false;
    for (const entry of byOrigin.get(address.origin) ?? []) {
      if (!fits(entry, address)) continue;
      const order = best === undefined ? 1 : rank(entry) - rank(best);
      if (order > 0) rivals = false;
      else if (order === 0 && entry.party.id !== best?.party.id) rivals = true;
      if (order > 0) best = entry;
    }
    return best === undefined || rivals ? undefined : { party: best.party, address };
  };
}

function fits(entry: Entry, address: ServiceAddress): boolean {
  if (entry.match === 'exact') return entry.url === address.href;
  // The prefix ends with a slash and holds the whole origin, so no other host and no neighbouring folder begins with it.
  return entry.url.endsWith('/') && !entry.url.includes('?') && address.href.startsWith(entry.url);
}

function rank(entry: Entry): number {
  return entry.match === 'exact' ? Number.MAX_SAFE_INTEGER : entry.url.length;
}

/** The address with parameters added behind those it has, which stay as they are. */
export function withParameters(address: { href: string }, parameters: Record<string, string>): string {
  const added = new URLSearchParams(parameters).toString();
  return `${address.href}${address.href.includes('?') ? '&' : '?'}${added}`;
}
