import { createChallenge } from '@lanyard/protocol';

/** A new challenge this often, and how long one is honoured: the three last ones. */
export const challengeEveryMs = 5_000;
export const challengeHonouredMs = 3 * challengeEveryMs;

/** What the screen of a checkpoint with `requires_challenge` shows, and what answers are checked against. */
export interface ChallengeRing {
  /** The text to show now; a new one every 5 s, and at once after one was answered. */
  shown(nowMs: number): string;
  /** Challenges that may still be answered, newest first. */
  honoured(nowMs: number): Uint8Array[];
  /** Takes a challenge out for good; false where it was taken before or never given out. */
  useUp(challenge: Uint8Array): boolean;
}

/** Challenges live in memory only: after a restart none of the former ones is honoured. */
export function createChallengeRing(options: {
  checkpointNumber: Uint8Array;
  randomBytes: (length: number) => Uint8Array;
}): ChallengeRing {
  let ring: { bytes: Uint8Array; text: string; madeMs: number }[] = [];
  // A clock set back makes ages negative: such challenges go, as old ones do.
  const young = ({ madeMs }: { madeMs: number }, nowMs: number, withinMs: number) =>
    nowMs >= madeMs && nowMs - madeMs < withinMs;
  const sweep = (nowMs: number) => {
    ring = ring.filter((entry) => young(entry, nowMs, challengeHonouredMs)).slice(0, 3);
  };
  return {
    shown(nowMs) {
      sweep(nowMs);
      const newest = ring[0];
      if (newest !== undefined && young(newest, nowMs, challengeEveryMs)) return newest.text;
      const made = createChallenge({
        checkpointNumber: options.checkpointNumber,
        timeSeconds: Math.floor(nowMs / 1000),
        random: options.randomBytes(16),
      });
      ring = [{ ...made, madeMs: nowMs }, ...ring].slice(0, 3);
      return made.text;
    },
    honoured(nowMs) {
      sweep(nowMs);
      return ring.map(({ bytes }) => bytes);
    },
    useUp(challenge) {
      const before = ring.length;
      ring = ring.filter(({ bytes }) => !Buffer.from(bytes).equals(challenge));
      return ring.length < before;
    },
  };
}
