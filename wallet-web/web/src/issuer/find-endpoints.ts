import type { JsonValue } from '@lanyard/protocol';
import type { Language } from '../app/preferences.js';
import type { IssuerEndpoints } from '../storage/kept.js';
import { type ClockMeasure, measureClock } from '../time/corrected-clock.js';
import { type IssuerMetadata, parseIssuerMetadata } from './issuer-metadata.js';
import { ask, readJson } from './refusal.js';
import { wellKnown } from './well-known.js';

/** An issuer's metadata (OpenID4VCI 1.0 §12.2), and what the answer says about the clock. */
export async function readIssuer(
  issuer: string,
): Promise<{ metadata: IssuerMetadata; clock: ClockMeasure | undefined }> {
  const sentMs = Date.now();
  const answer = await ask(wellKnown(issuer, 'openid-credential-issuer'));
  const clock = clockOf(answer, sentMs);
  return { metadata: parseIssuerMetadata(await readJson<JsonValue>(answer), issuer), clock };
}

/** What a line needs to know of an issuer; `token` is of the server that gives the tokens. */
export function endpointsOf(
  metadata: IssuerMetadata,
  server: { readonly token: string },
  language: Language,
): IssuerEndpoints {
  const { issuer, names, nonce, credential, notification, deferred } = metadata;
  return { issuer, name: names[language], token: server.token, nonce, credential, notification, deferred };
}

/** The Date header cuts to the second, so on average half a second is missing. */
function clockOf(answer: Response, sentMs: number): ClockMeasure | undefined {
  const serverMs = Date.parse(answer.headers.get('Date') ?? '');
  return Number.isNaN(serverMs)
    ? undefined
    : measureClock({ sentMs, receivedMs: Date.now(), serverMs: serverMs + 500 });
}
