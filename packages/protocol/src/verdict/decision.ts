import type { CheckpointPolicy } from '../offline-package/checkpoint-policy.js';
import type { PassClaims } from '../pass/pass.js';
import type { DecideContext } from './decide-data.js';
import type { Verdict } from './verdict.js';

/**
 * What was special about a decision; it stands in the journal and on the screen.
 * `grace`: on data past fresh_until. `emergency`: by the emergency list. `anti-passback`: on the wrong side of a soft zone.
 * `paper`: a one-day pass on paper. `card-offline`: a campus card nobody could ask about. `slow-card`: it answered later than cards do, as over a relay. `guard`: let in by hand.
 * `physical-key`: opened with a key. `open-mode`, `lock-mode`: while the checkpoint was opened or locked by the verifier.
 */
export type Mark =
  | 'grace'
  | 'emergency'
  | 'anti-passback'
  | 'paper'
  | 'card-offline'
  | 'slow-card'
  | 'guard'
  | 'physical-key'
  | 'open-mode'
  | 'lock-mode';

/**
 * How somebody showed who they are: the two codes, a pass on paper, a phone (NFC-A), a campus card (NFC-B), or a
 * presentation that a touch of the door's tag began (NFC-C).
 */
export type DecidedScheme = 'gate-code' | 'portable-code' | 'paper-pass' | 'nfc-a' | 'nfc-b' | 'nfc-c';

/** The person of a row, known only once the holder is proved. */
export interface DecidedRow {
  /** Place in the table this was decided with. */
  readonly index: number;
  readonly rowNumber: number;
  readonly policyClass: number;
}

/** A verdict with what the caller needs for replay memory, screen and journal. */
export type CodeDecision = Verdict & {
  readonly scheme?: DecidedScheme;
  /** Both signatures held: only then may a person be shown. Of a paper pass the issuer's alone: its photo is the proof. */
  readonly holder_proved: boolean;
  readonly marks: readonly Mark[];
  /** Key, time and nonce of the code; present once the holder is proved. */
  readonly replayKey?: Uint8Array;
  /** Until when the replay memory has to know this code. */
  readonly replayUntilSeconds?: number;
  readonly row?: DecidedRow;
  /** First 8 bytes of the portrait's SHA-256; absent where there is none. */
  readonly portraitId?: Uint8Array;
  /** What a proved pass says. */
  readonly pass?: PassClaims;
  /** The challenge that was answered: the caller uses it up when it acts on this decision. */
  readonly challenge?: Uint8Array;
};

/** What comes with a decision once the holder is proved. */
export interface ProvedFacts {
  readonly scheme: DecidedScheme;
  readonly marks: readonly Mark[];
  readonly replayKey: Uint8Array;
  readonly replayUntilSeconds: number;
  readonly row?: DecidedRow;
  readonly portraitId?: Uint8Array | undefined;
  readonly pass?: PassClaims;
  readonly challenge?: Uint8Array | undefined;
}

/** The decision about a proved holder; what is unknown is left out. */
export function proved(verdict: Verdict, facts: ProvedFacts): CodeDecision {
  // Assigned one by one: spreading costs a tenth of a signature check here, and this runs for each person at a gate.
  const decision: { -readonly [Name in keyof CodeDecision]: CodeDecision[Name] } = {
    verdict: verdict.verdict,
    scheme: facts.scheme,
    holder_proved: true,
    marks: facts.marks,
    replayKey: facts.replayKey,
    replayUntilSeconds: facts.replayUntilSeconds,
  };
  if (verdict.reason !== undefined) decision.reason = verdict.reason;
  if (facts.row !== undefined) decision.row = facts.row;
  if (facts.portraitId !== undefined) decision.portraitId = facts.portraitId;
  if (facts.pass !== undefined) decision.pass = facts.pass;
  if (facts.challenge !== undefined) decision.challenge = facts.challenge;
  return decision as CodeDecision;
}

/** How old a code may be, and how far ahead of the checkpoint's clock, in seconds. */
export const acceptedBefore = 15;
export const acceptedAfter = 5;
const maxUncertaintySeconds = 30;
const replayMarginSeconds = 60;

/** The stated clock uncertainty, as far as it counts. */
export function uncertaintyOf(context: DecideContext): number {
  return Math.min(maxUncertaintySeconds, Math.max(0, context.clockUncertaintySeconds ?? 0));
}

/** When a code of this time is forgotten: it could not be accepted anyway for a minute by then. */
export function replayUntil(timeSeconds: number): number {
  return timeSeconds + acceptedBefore + maxUncertaintySeconds + replayMarginSeconds;
}

/** Challenges to try with a code: none where none is honoured. */
export function challengesOf(context: DecideContext): readonly Uint8Array[] {
  return (context.challenges ?? []).slice(0, 3);
}

/** What is known of a person when status, registration, policy and hours are looked at. */
export interface PersonFacts {
  readonly status: 'valid' | 'suspended' | 'revoked';
  readonly registered: boolean;
  readonly permitted: boolean;
  readonly policy: CheckpointPolicy;
}
