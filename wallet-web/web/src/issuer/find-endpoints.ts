import type { Language } from '../app/preferences.js';
import type { IssuerEndpoints } from '../storage/kept.js';
import { type ClockMeasure, measureClock } from '../time/corrected-clock.js';
import { ask, parseUrl, readJson, ServiceRefusal } from './refusal.js';

interface Metadata {
  credential_issuer?: unknown;
  credential_endpoint?: unknown;
  nonce_endpoint?: unknown;
  authorization_servers?: unknown;
  display?: unknown;
}

/** Issuer and authorization server metadata (OpenID4VCI 1.0 §12.2, RFC 8414 §3), and what the answer says about the clock. */
export async function findEndpoints(
  issuer: string,
  language: Language,
): Promise<{ endpoints: IssuerEndpoints; clock: ClockMeasure | undefined }> {
  const sentMs = Date.now();
  const answer = await ask(wellKnown(issuer, 'openid-credential-issuer'));
  const clock = clockOf(answer, sentMs);
  const metadata = await readJson<Metadata>(answer);
  // §12.2.1: metadata of another issuer must not be used.
  if (metadata.credential_issuer !== issuer) throw new ServiceRefusal(200, 'issuer-metadata-invalid');
  const server = Array.isArray(metadata.authorization_servers) ? String(metadata.authorization_servers[0]) : issuer;
  const oauth = await readJson<{ token_endpoint?: unknown }>(
    await ask(wellKnown(server, 'oauth-authorization-server')),
  );
  const endpoints = {
    issuer,
    name: nameOf(metadata.display, language) ?? new URL(issuer).host,
    token: address(oauth.token_endpoint),
    nonce: address(metadata.nonce_endpoint),
    credential: address(metadata.credential_endpoint),
  };
  return { endpoints, clock };
}

/** The well-known part goes between host and path. */
function wellKnown(issuer: string, name: string): string {
  const url = new URL(issuer);
  return `${url.origin}/.well-known/${name}${url.pathname === '/' ? '' : url.pathname}`;
}

function address(value: unknown): string {
  if (typeof value !== 'string' || parseUrl(value) === undefined)
    throw new ServiceRefusal(200, 'issuer-metadata-invalid');
  return value;
}

function nameOf(display: unknown, language: Language): string | undefined {
  if (!Array.isArray(display)) return undefined;
  const entries = display as { name?: unknown; locale?: unknown }[];
  const fitting = entries.find((entry) => String(entry.locale ?? '').startsWith(language)) ?? entries[0];
  return typeof fitting?.name === 'string' ? fitting.name.slice(0, 100) : undefined;
}

/** The Date header cuts to the second, so on average half a second is missing. */
function clockOf(answer: Response, sentMs: number): ClockMeasure | undefined {
  const serverMs = Date.parse(answer.headers.get('Date') ?? '');
  return Number.isNaN(serverMs)
    ? undefined
    : measureClock({ sentMs, receivedMs: Date.now(), serverMs: serverMs + 500 });
}
