import { type Challenge, challengePrefix, parseChallenge } from '@lanyard/protocol';

/** How far the time in a challenge may be from the wallet's, in seconds: gates honour one for 15 s, clocks differ. */
const OLDEST_SECONDS = 30;

/** What was scanned: a challenge of now, one that is over, or something else. */
export type ReadChallenge =
  | { readonly kind: 'challenge'; readonly challenge: Challenge }
  | { readonly kind: 'old' }
  | { readonly kind: 'other' };

/** A challenge proves nothing about who shows it: the wallet looks its number up and signs only after a touch. */
export function readChallenge(text: string, nowSeconds: number): ReadChallenge {
  if (!text.startsWith(challengePrefix)) return { kind: 'other' };
  try {
    const challenge = parseChallenge(text);
    const current = Math.abs(nowSeconds - challenge.timeSeconds) <= OLDEST_SECONDS;
    return current ? { kind: 'challenge', challenge } : { kind: 'old' };
  } catch {
    return { kind: 'other' };
  }
}
