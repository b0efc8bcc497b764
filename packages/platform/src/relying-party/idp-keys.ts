import type { VerifyKey } from '@lanyard/protocol';
import type * as client from 'openid-client';
import { Refusal } from '../http/refusal.js';
import type { Clock } from '../time/clock.js';
import { readKeySet } from './logout-token.js';

const FRESH_MS = 5 * 60_000;
/** A made-up kid in a stranger's token must not make us ask each time. */
const ASK_AGAIN_MS = 5_000;
const TIMEOUT_MS = 10_000;

/** Keys of the identity layer by kid, from its key set: at most five minutes old, asked anew for a kid not seen. */
export function createIdpKeys(connect: () => Promise<client.Configuration>, clock: Clock) {
  let known: { keys: ReadonlyMap<string, VerifyKey>; atMs: number } | undefined;
  return async (kid: string): Promise<VerifyKey | undefined> => {
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : clock.nowMs() - known.atMs;
    if (ageMs > FRESH_MS || (known?.keys.has(kid) === false && ageMs > ASK_AGAIN_MS))
      known = { keys: await fetchKeys(connect), atMs: clock.nowMs() };
    return known?.keys.get(kid);
  };
}

async function fetchKeys(connect: () => Promise<client.Configuration>): Promise<ReadonlyMap<string, VerifyKey>> {
  const address = (await connect()).serverMetadata().jwks_uri;
  if (address === undefined) throw new Refusal('dependency-unavailable');
  try {
    const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new TypeError(`key set: ${answer.status}`);
    return readKeySet(await answer.json());
  } catch (cause) {
    throw new Refusal('dependency-unavailable', { cause });
  }
}
