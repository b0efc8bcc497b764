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
  modeAt,
  type PackageState,
  type PassCache,
  type Reason,
  useDigest,
  type Verdict,
} from '@lanyard/protocol';
import type { ChallengeRing } from './challenge-ring.js';
import { isClockReliable } from './clock-guard.js';
import { clockUncertainty, isWithinCap } from './clock-uncertainty.js';
import type { PassageLedger } from './ledger.js';
import { createPresentationsInView } from './presentation-in-view.js';
import type { TapNotice } from './tap-notice.js';
import { createZoneMemory, type ZoneState } from './zone-memory.js';

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
  /** Of a presentation, under the same condition as the portrait. */
  readonly name?: string | undefined;
  /** The portrait itself, where it came with a presentation and lies in no package. */
  readonly portrait?: Uint8Array | undefined;
  /** Words of a card's own in place of the reason's. */
  readonly notice?: TapNotice;
}

/** A decision made elsewhere, such as about a card, that goes the same way as a code from here on. */
export type MadeDecision = Omit<CodeDecision, 'scheme' | 'verdict' | 'reason'> &
  Verdict & {
    readonly scheme?: string | undefined;
    /** What a presentation brought along; kept no longer than it is on the glass. */
    readonly face?: { readonly name: string | undefined; readonly portrait: Uint8Array | undefined };
    /** Position in the verifier's list of answers, written with the passage. */
    readonly presentedUpTo?: number;
  };

/** Somebody let in without a code: by a guard's order, or with a key in the lock. */
export interface HandOpening {
  readonly scheme: 'guard' | 'physical-key';
  readonly row: number | null;
  /** 16 bytes of the order: it opens once. */
  readonly orderId?: Uint8Array;
}

/** What a gate tells its peers about an accepted code. */
export interface ToldUse {
  readonly use: Uint8Array;
  readonly untilSeconds: number;
}

export interface DecisionSession {
  /** Decides one scanned text. `held` is true where the code was still in view: nothing was journalled again. */
  decide(text: string, readerId: string): { readonly shown: ShownVerdict; readonly held: boolean };
  /** What anything is decided by at this moment: for taps, which are decided outside and settled here. */
  basis(): { readonly data: DecideData; readonly context: DecideContext };
  /** Something to say that is no verdict about anybody: nothing is journalled. */
  notice(notice: TapNotice): ShownVerdict;
  /** Takes a decision through lock, replay, anti-passback and journal, as `decide` does with a code's. */
  settle(decision: MadeDecision, readerId: string, notice?: TapNotice): ShownVerdict;
  /** Journals an opening by hand; undefined where this order was carried out before. */
  openByHand(opening: HandOpening): ShownVerdict | undefined;
  /** Keeps what peers of this zone have taken and seen. */
  remember(uses: readonly ToldUse[], moved: readonly ZoneState[]): void;
  /** Forgives a person once per order: the side is forgotten, durably. */
  forgive(row: number, orderId: Uint8Array): void;
  /** The policy and mode in force now, for doors and screens. */
  inForce(): { readonly policy: CheckpointPolicy; readonly mode: 'normal' | 'open' | 'lock' };
}

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

/** Longer than any order lives. */
const orderRememberedSeconds = 900;

interface Settled {
  readonly verdict: Verdict;
  readonly marks: readonly Mark[];
}

/**
 * The one function every code goes through. Synchronous from the text to the durable journal entry, so codes are
 * decided one after the other and an accepted verdict is on disk, with its code taken and the person's side of the
 * zone, before anybody sees it.
 */
export function createDecisionSession(options: {
  crypto: CryptoPort;
  /** Codes are remembered under an HMAC with this key: the replay memory on disk names no public key. */
  replayKey: Uint8Array;
  ledger: PassageLedger;
  findPackage: () => PackageState | undefined;
  /** Undefined where no challenge is shown, so that none is honoured. */
  findChallenges?: () => ChallengeRing | undefined;
  nowMs: () => number;
  /** Told after the journal has it. */
  onTaken?: (use: ToldUse, moved: ZoneState | undefined) => void;
  onFault: (error: unknown) => void;
}): DecisionSession {
  const { crypto, ledger, nowMs } = options;
  const keys = createVerifyKeyCache(crypto, 20_000);
  const inView = createPresentationsInView<ShownVerdict>();
  const replay = createReplayMemory();
  const zone = createZoneMemory(ledger.zoneStates());
  for (const taken of ledger.takenCodes()) replay.restore(taken.key, taken.untilSeconds);
  let passes: { readonly of: PackageState; readonly cache: PassCache } | undefined;
  let n = ledger.endSequence;
  const policyInForce = () => options.findPackage()?.checkpoint.policy ?? noPackagePolicy;
  const memoryKey = (use: Uint8Array) => crypto.hmacSha256(options.replayKey, use);

  function basis(nowSeconds: number): { data: DecideData; context: DecideContext } {
    const state = options.findPackage();
    if (state !== undefined && passes?.of !== state) passes = { of: state, cache: createPassCache(5_000) };
    const issuedAtSeconds = state?.checkpoint.issuedAtSeconds;
    const sync = ledger.clockSync;
    const clockReliable =
      isWithinCap(sync) &&
      isClockReliable(nowSeconds, { packageIssuedAtSeconds: issuedAtSeconds, journalEndSeconds: ledger.endSeconds });
    return {
      data: state === undefined ? nothing : decideDataOf(state, nowSeconds),
      context: {
        ...{ crypto, keys, nowSeconds, clockReliable },
        clockUncertaintySeconds: clockUncertainty(sync, nowSeconds, issuedAtSeconds),
        ...(passes ? { passes: passes.cache } : {}),
        challenges: options.findChallenges?.()?.honoured(nowMs()) ?? [],
      },
    };
  }

  /** A locked checkpoint takes nobody in; ways out stay open. */
  function lockedOut(policy: CheckpointPolicy, at: number): boolean {
    const mode = modeAt(options.findPackage()?.checkpoint.emergencyMode, at);
    return mode === 'lock' && policy.anti_passback.direction !== 'out';
  }

  /** Lock, replay and anti-passback, which need memory; then the journal. */
  function take(decision: MadeDecision, readerId: string, at: number): Settled {
    const policy = policyInForce();
    const marks = [...decision.marks];
    let verdict: Verdict = decision;
    let told: (ToldUse & { key: Uint8Array }) | undefined;
    let moved: ZoneState | undefined;
    if (decision.challenge !== undefined) {
      // Used up whatever comes next: an answer is good for one try.
      const first = options.findChallenges?.()?.useUp(decision.challenge) === true;
      if (!first && verdict.verdict === 'accepted') verdict = { verdict: 'rejected', reason: 'replayed' };
    }
    if (verdict.verdict === 'accepted' && lockedOut(policy, at)) {
      verdict = { verdict: 'rejected', reason: 'outside-hours' };
      marks.push('lock-mode');
    }
    // Cards carry a counter of their own instead of time and nonce; whatever is a code has a key.
    if (verdict.verdict === 'accepted' && decision.replayKey !== undefined) {
      const use = useDigest(crypto, decision.replayKey);
      const untilSeconds = decision.replayUntilSeconds ?? at + 300;
      const key = memoryKey(use);
      const presented = { replayKey: key, untilSeconds, readerId, nowSeconds: nowMs() / 1000 };
      // A code that is still in view was answered before; another text with the same key, time and nonce is a copy.
      if (replay.present(presented) === 'first') told = { key, use, untilSeconds };
      else verdict = { verdict: 'rejected', reason: 'replayed' };
    }
    if (verdict.verdict === 'accepted' && decision.row !== undefined && policy.anti_passback.mode !== 'off') {
      const { mode, direction } = policy.anti_passback;
      const judged = zone.judge(policy.anti_passback, decision.row.rowNumber, at);
      // Nobody is kept from leaving: a way out only marks.
      if (judged.against && mode === 'hard' && direction !== 'out') {
        verdict = { verdict: 'rejected', reason: 'anti-passback' };
      } else {
        if (judged.against) marks.push('anti-passback');
        moved = judged.next;
      }
    }
    if (modeAt(options.findPackage()?.checkpoint.emergencyMode, at) === 'open') marks.push('open-mode');
    ledger.append(
      {
        at,
        verdict: verdict.verdict,
        reason: verdict.reason ?? null,
        scheme: decision.scheme ?? null,
        row: decision.row?.rowNumber ?? null,
        marks,
        // A paper is shown again on purpose: that is no double use.
        ...(told !== undefined && verdict.verdict === 'accepted' && decision.scheme !== 'paper-pass'
          ? { use: Buffer.from(told.use).toString('base64url') }
          : {}),
      },
      told,
      moved,
      decision.presentedUpTo,
    );
    if (moved !== undefined) zone.put(moved);
    if (told !== undefined) options.onTaken?.({ use: told.use, untilSeconds: told.untilSeconds }, moved);
    return { verdict, marks };
  }

  /** An order is remembered as a code is: carried out once, also after a restart. */
  function takeOrder(orderId: Uint8Array): { key: Uint8Array; untilSeconds: number } | 'before' {
    const key = memoryKey(orderId);
    const untilSeconds = Math.floor(nowMs() / 1000) + orderRememberedSeconds;
    const seen = replay.present({ replayKey: key, untilSeconds, readerId: 'order', nowSeconds: nowMs() / 1000 });
    return seen === 'first' ? { key, untilSeconds } : 'before';
  }

  function shownOf(decision: MadeDecision | undefined, settled: Settled, at: number): ShownVerdict {
    const { verdict, reason } = settled.verdict;
    const proved = decision?.holder_proved === true;
    const shows = proved && policyInForce().show_portrait;
    const face = shows ? decision.face : undefined;
    const portraitId =
      face?.portrait === undefined ? decision?.portraitId : crypto.sha256(face.portrait).subarray(0, 8);
    return {
      ...{ n, at, verdict, reason, marks: settled.marks, holderProved: proved },
      portraitId: shows ? portraitId : undefined,
      ...(face === undefined ? {} : face),
    };
  }

  /** Nothing is green that is not on disk: a fault of any kind decides nothing. */
  function guarded(act: (at: number) => ShownVerdict): ShownVerdict {
    const at = Math.floor(nowMs() / 1000);
    n += 1;
    const fault = shownOf(undefined, { verdict: { verdict: 'cannot-decide', reason: 'internal' }, marks: [] }, at);
    if (!ledger.whole) return fault;
    try {
      return act(at);
    } catch (error) {
      options.onFault(error);
      return fault;
    }
  }

  return {
    decide(text, readerId) {
      const seen = inView.stillInView(readerId, text, nowMs());
      if (seen !== undefined) return { shown: seen, held: true };
      const shown = guarded((at) => {
        const { data, context } = basis(at);
        const decision = decideCode(text, data, context);
        return shownOf(decision, take(decision, readerId, at), at);
      });
      inView.keep(readerId, text, nowMs(), shown);
      return { shown, held: false };
    },
    basis: () => basis(Math.floor(nowMs() / 1000)),
    settle: (decision, readerId, notice) =>
      guarded((at) => ({
        ...shownOf(decision, take(decision, readerId, at), at),
        ...(notice === undefined ? {} : { notice }),
      })),
    notice(notice) {
      n += 1;
      const at = Math.floor(nowMs() / 1000);
      return {
        ...{ n, at, verdict: 'cannot-decide', reason: undefined, marks: [], notice },
        ...{ portraitId: undefined, holderProved: false },
      };
    },
    openByHand({ scheme, row, orderId }) {
      const taken = orderId === undefined ? undefined : takeOrder(orderId);
      if (taken === 'before') return undefined;
      return guarded((at) => {
        const marks: Mark[] = [scheme];
        const { direction, mode } = policyInForce().anti_passback;
        const moved: ZoneState | undefined =
          row === null || mode === 'off' ? undefined : { row, side: direction === 'out' ? 'out' : 'in', at };
        ledger.append({ at, verdict: 'accepted', reason: null, scheme, row, marks }, taken, moved);
        if (moved !== undefined) zone.put(moved);
        return shownOf(undefined, { verdict: { verdict: 'accepted' }, marks }, at);
      });
    },
    remember(uses, moved) {
      const taken = uses.map(({ use, untilSeconds }) => ({ key: memoryKey(use), untilSeconds }));
      for (const { key, untilSeconds } of taken) replay.restore(key, untilSeconds);
      ledger.remember(
        taken,
        moved.filter((state) => zone.put(state)),
      );
    },
    forgive(row, orderId) {
      const taken = takeOrder(orderId);
      if (taken === 'before') return;
      ledger.remember([taken], []);
      zone.forget(row);
      ledger.forgetZoneState(row);
    },
    inForce: () => ({
      policy: policyInForce(),
      mode: modeAt(options.findPackage()?.checkpoint.emergencyMode, Math.floor(nowMs() / 1000)),
    }),
  };
}
