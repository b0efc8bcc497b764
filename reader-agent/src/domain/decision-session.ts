import {
  type CheckpointPolicy,
  type CodeDecision,
  type CryptoPort,
  createPassCache,
  createReplayMemory,
  createVerifyKeyCache,
  type DecideContext,
  type DecideData,
  decideCode,
  decideDataOf,
  gatePolicyDefaults,
  type Mark,
  type PackageState,
  type PassCache,
  type Reason,
  type Verdict,
} from '@lanyard/protocol';
import { isClockReliable } from './clock-guard.js';
import type { PassageLedger } from './ledger.js';
import { createPresentationsInView } from './presentation-in-view.js';
import type { TapNotice } from './tap-notice.js';

/** A verdict as the screen gets it; `n` rises by one with each. */
export interface ShownVerdict {
  readonly n: number;
  readonly verdict: Verdict['verdict'];
  readonly reason: Reason | undefined;
  readonly marks: readonly Mark[];
  /** Seconds since 1970 UTC. */
  readonly at: number;
  /** Only where the holder was proved and the policy shows portraits. */
  readonly portraitId: Uint8Array | undefined;
  readonly holderProved: boolean;
  /** Words of a card's own in place of the reason's. */
  readonly notice?: TapNotice;
}

export interface DecisionSession {
  /** Decides one scanned text. `held` is true where the code was still in view: nothing was journalled again. */
  decide(text: string, readerId: string): { readonly shown: ShownVerdict; readonly held: boolean };
  /** What anything is decided by at this moment: for taps, which are decided outside and settled here. */
  basis(): { readonly data: DecideData; readonly context: DecideContext };
  /** Takes a decision made outside the same way as one about a code: replay, anti-passback, journal, then the screen. */
  settle(decision: CodeDecision, readerId: string, notice?: TapNotice): ShownVerdict;
  /** Something to say that is no verdict about anybody: nothing is journalled. */
  notice(notice: TapNotice): ShownVerdict;
}

/** Asked last, once everything else has passed: zones with entry and exit answer here. None does yet. */
export type AntiPassback = (row: number | undefined) => boolean;

const noPackagePolicy: CheckpointPolicy = {
  admits: { classes: [], states: [], foreign_passes: false },
  requires_semester_registration: false,
  hours: 'always',
  utc_offset_minutes: 480,
  requires_challenge: false,
  grace: 'refuse',
  show_portrait: false,
  zone: 'none',
  ...gatePolicyDefaults,
};
const nothing: DecideData = { policy: noPackagePolicy, people: undefined, passes: undefined };

/**
 * The one function every code goes through. Synchronous from the text to the durable journal entry, so codes are
 * decided one after the other and an accepted verdict is on disk, with its code taken, before anybody sees it.
 */
export function createDecisionSession(options: {
  crypto: CryptoPort;
  /** Codes are remembered under an HMAC with this key: the replay memory on disk names no public key. */
  replayKey: Uint8Array;
  ledger: PassageLedger;
  findPackage: () => PackageState | undefined;
  antiPassback?: AntiPassback;
  nowMs: () => number;
  onFault: (error: unknown) => void;
}): DecisionSession {
  const { crypto, ledger, nowMs } = options;
  const keys = createVerifyKeyCache(crypto, 20_000);
  const inView = createPresentationsInView<ShownVerdict>();
  const replay = createReplayMemory();
  for (const taken of ledger.takenCodes()) replay.restore(taken.key, taken.untilSeconds);
  let passes: { readonly of: PackageState; readonly cache: PassCache } | undefined;
  let n = ledger.endSequence;

  function basis(nowSeconds: number): { data: DecideData; context: DecideContext } {
    const state = options.findPackage();
    if (state !== undefined && passes?.of !== state) passes = { of: state, cache: createPassCache(5_000) };
    const clockReliable = isClockReliable(nowSeconds, {
      packageIssuedAtSeconds: state?.checkpoint.issuedAtSeconds,
      journalEndSeconds: ledger.endSeconds,
    });
    const context = { crypto, keys, nowSeconds, clockReliable, ...(passes ? { passes: passes.cache } : {}) };
    return { data: state === undefined ? nothing : decideDataOf(state, nowSeconds), context };
  }

  /** Replay and anti-passback, which need memory; then the journal. */
  function settle(decision: CodeDecision, readerId: string, at: number): Verdict {
    let verdict: Verdict = decision;
    let taken: { key: Uint8Array; untilSeconds: number } | undefined;
    if (decision.verdict === 'accepted') {
      const { replayKey, replayUntilSeconds } = decision;
      if (replayKey === undefined || replayUntilSeconds === undefined) throw new TypeError('accepted without a key');
      const key = crypto.hmacSha256(options.replayKey, replayKey);
      const presented = { replayKey: key, untilSeconds: replayUntilSeconds, readerId, nowSeconds: nowMs() / 1000 };
      // A code that is still in view was answered before; another text with the same key, time and nonce is a copy.
      if (replay.present(presented) === 'first') taken = { key, untilSeconds: replayUntilSeconds };
      if (taken === undefined) verdict = { verdict: 'rejected', reason: 'replayed' };
      else if (options.antiPassback?.(decision.row?.rowNumber) === true) {
        verdict = { verdict: 'rejected', reason: 'anti-passback' };
      }
    }
    ledger.append(
      {
        at,
        verdict: verdict.verdict,
        reason: verdict.reason ?? null,
        scheme: decision.scheme ?? null,
        row: decision.row?.rowNumber ?? null,
        marks: decision.marks,
      },
      taken,
    );
    return verdict;
  }

  function decideNew(look: (at: number) => CodeDecision, readerId: string, notice?: TapNotice): ShownVerdict {
    const at = Math.floor(nowMs() / 1000);
    n += 1;
    const fault: ShownVerdict = {
      ...{ n, at, verdict: 'cannot-decide', reason: 'internal', marks: [] },
      ...{ portraitId: undefined, holderProved: false },
    };
    if (!ledger.whole) return fault;
    try {
      const decision = look(at);
      const { verdict, reason } = settle(decision, readerId, at);
      const shows = decision.holder_proved && options.findPackage()?.checkpoint.policy.show_portrait === true;
      return {
        ...{ n, at, verdict, reason, marks: decision.marks, holderProved: decision.holder_proved },
        portraitId: shows ? decision.portraitId : undefined,
        ...(notice === undefined ? {} : { notice }),
      };
    } catch (error) {
      options.onFault(error);
      return fault;
    }
  }

  function lookAt(text: string) {
    return (at: number): CodeDecision => {
      const { data, context } = basis(at);
      return decideCode(text, data, context);
    };
  }

  return {
    decide(text, readerId) {
      const seen = inView.stillInView(readerId, text, nowMs());
      if (seen !== undefined) return { shown: seen, held: true };
      const shown = decideNew(lookAt(text), readerId);
      inView.keep(readerId, text, nowMs(), shown);
      return { shown, held: false };
    },
    basis: () => basis(Math.floor(nowMs() / 1000)),
    settle: (decision, readerId, notice) => decideNew(() => decision, readerId, notice),
    notice(notice) {
      n += 1;
      const at = Math.floor(nowMs() / 1000);
      return {
        ...{ n, at, verdict: 'cannot-decide', reason: undefined, marks: [], notice },
        ...{ portraitId: undefined, holderProved: false },
      };
    },
  };
}
