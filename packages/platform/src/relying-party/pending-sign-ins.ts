import type { Clock } from '../time/clock.js';

/** What a begun sign-in must find again when the answer comes: bound to one browser by a cookie. */
export interface PendingSignIn {
  state: string;
  nonce: string;
  codeVerifier: string;
  /** Path within this service. */
  returnTo: string;
}

export interface PendingSignIns {
  put(cookieDigest: Buffer, pending: PendingSignIn, untilMs: number): Promise<void>;
  /** Takes it out: of several at once, one gets it. Expired ones are undefined. */
  take(cookieDigest: Buffer): Promise<PendingSignIn | undefined>;
}

const MAX_PENDING = 5_000;

/** Within one process; a restart forgets sign-ins under way, whose people begin again. The oldest give way to new ones. */
export function createMemoryPendingSignIns(clock: Clock): PendingSignIns {
  const pendings = new Map<string, { pending: PendingSignIn; untilMs: number }>();
  return {
    async put(cookieDigest, pending, untilMs) {
      for (const [key, entry] of pendings) if (entry.untilMs <= clock.nowMs()) pendings.delete(key);
      const oldest = pendings.size >= MAX_PENDING ? pendings.keys().next().value : undefined;
      if (oldest !== undefined) pendings.delete(oldest);
      pendings.set(cookieDigest.toString('hex'), { pending, untilMs });
    },
    async take(cookieDigest) {
      const key = cookieDigest.toString('hex');
      const entry = pendings.get(key);
      pendings.delete(key);
      return entry !== undefined && entry.untilMs > clock.nowMs() ? entry.pending : undefined;
    },
  };
}
