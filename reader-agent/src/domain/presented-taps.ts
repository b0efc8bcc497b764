import { cannotDecide, type DecideContext, rejected, type Verdict } from '@lanyard/protocol';
import type { DecisionSession, MadeDecision, ShownVerdict } from './decision-session.js';
import type { Wait } from './follow-package.js';
import type { TapNotice } from './tap-notice.js';

/** An answer to a touch of this door's tag, as the verifier decided it. `n` rises; each is told to one agent only. */
export interface PresentedTap {
  readonly n: number;
  /** The two words are for what only presentations can be refused for. */
  readonly said: Verdict | 'declined' | 'other';
  /** When the verifier took the answer, seconds since 1970 UTC. */
  readonly at: number;
  readonly name: string | undefined;
  readonly portrait: Uint8Array | undefined;
}

/** Answers after `n`, as soon as there are some; none after a while. */
export type LoadPresented = (after: number, signal: AbortSignal) => Promise<readonly PresentedTap[]>;

/** Whoever answered stands at the door for so long; what comes later must not open it. */
const oldestSeconds = 15;
const aheadSeconds = 5;
const firstPauseMs = 250;
const longestPauseMs = 15_000;
const betweenAsksMs = 50;

/** What is made of an answer here: the verifier's verdict, unless it comes too late or the clock cannot tell. */
export function decidePresented(
  tap: PresentedTap,
  context: Pick<DecideContext, 'nowSeconds' | 'clockReliable' | 'clockUncertaintySeconds'>,
): { readonly decision: MadeDecision; readonly notice?: TapNotice; readonly late: boolean } {
  const widened = Math.max(0, context.clockUncertaintySeconds ?? 0);
  const late = tap.at + oldestSeconds + widened < context.nowSeconds;
  const ahead = tap.at - aheadSeconds - widened > context.nowSeconds;
  const base = { scheme: 'nfc-c', holder_proved: false, marks: [], presentedUpTo: tap.n } as const;
  if (context.clockReliable === false) return { decision: { ...base, ...cannotDecide('clock-unreliable') }, late };
  if (late) return { decision: { ...base, ...rejected('too-old') }, late };
  if (ahead) return { decision: { ...base, ...rejected('in-the-future') }, late };
  const { said, name, portrait } = tap;
  if (said === 'declined') return { decision: { ...base, ...rejected('not-permitted') }, notice: 'tap-declined', late };
  if (said === 'other') return { decision: { ...base, ...rejected('malformed') }, notice: 'tap-refused', late };
  if (said.verdict !== 'accepted') return { decision: { ...base, ...said }, late };
  return { decision: { ...base, ...said, holder_proved: true, face: { name, portrait } }, late };
}

/**
 * Follows the answers to touches of this door's tag until `signal` ends it, while the policy wants them. Journal entry
 * and position are written together, so an answer is a passage once: after a restart or a lost reply the same position
 * is asked for again. What comes too late is journalled as `too-old` and neither shown nor opens anything.
 */
export async function followPresented(options: {
  session: DecisionSession;
  /** Of the last answer that is in the journal. */
  position: () => number;
  load: LoadPresented;
  show: (shown: ShownVerdict, opens: boolean) => void;
  /** Resolves when there may be another package. */
  waitForPackage: (signal: AbortSignal) => Promise<void>;
  onFault: (error: unknown) => void;
  wait: Wait;
  signal: AbortSignal;
}): Promise<void> {
  const { session, signal } = options;
  let pauseMs = firstPauseMs;
  const pause = async () => {
    await options.wait(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  };
  while (!signal.aborted) {
    if (session.inForce().policy.door_tags === 'off') {
      await options.waitForPackage(signal);
      continue;
    }
    try {
      const taps = await options.load(options.position(), signal);
      if (taps.every((tap) => take(tap))) pauseMs = firstPauseMs;
      else await pause();
      await options.wait(betweenAsksMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      options.onFault(error);
      await pause();
    }
  }

  /** False where nothing could be written: the same answer is asked for again. */
  function take(tap: PresentedTap): boolean {
    // A reply that repeats itself is no second passage.
    if (tap.n <= options.position()) return true;
    const { decision, notice, late } = decidePresented(tap, session.basis().context);
    const shown = session.settle(decision, 'door-tag', notice);
    const written = options.position() >= tap.n;
    if (!late || !written) options.show(shown, written && session.inForce().policy.door_tags === 'open');
    return written;
  }
}
