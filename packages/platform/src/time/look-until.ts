import type { WakeBell } from './wake-bell.js';

/** A long poll: where to look, when what was found is enough, and until when. */
export interface LongPoll<T> {
  readonly bell: Pick<WakeBell, 'wait' | 'rings'>;
  readonly look: () => Promise<T> | T;
  readonly isEnough: (found: T) => boolean;
  readonly untilMs: number;
  readonly nowMs: () => number;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Looked again after so long where nothing rang: something ends by itself, or another process changed it. */
  readonly lookAgainMs?: (found: T) => number;
}

/**
 * Looks, and again whenever the bell has rung, until what was found is enough, the time is over or the client is gone;
 * answers what it found last. A ring during a look is never slept through.
 */
export async function lookUntil<T>(poll: LongPoll<T>): Promise<T> {
  for (;;) {
    const heard = poll.bell.rings;
    const found = await poll.look();
    const leftMs = poll.untilMs - poll.nowMs();
    if (poll.isEnough(found) || leftMs <= 0 || poll.signal.aborted) return found;
    const againMs = poll.lookAgainMs?.(found) ?? leftMs;
    await poll.bell.wait(Math.max(1, Math.min(leftMs, againMs)), poll.signal, heard);
  }
}
