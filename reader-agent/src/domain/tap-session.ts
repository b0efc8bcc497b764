import {
  type CodeDecision,
  cannotDecide,
  type DecideContext,
  type DecideData,
  type PackageState,
  rejected,
  type Sign,
  type Verdict,
} from '@lanyard/protocol';
import {
  checkpointToBeSigned,
  decidePhone,
  knowsPhone,
  NfcError,
  type PhoneAnswer,
  type SunUrl,
  withCheckpointSignature,
} from '@lanyard/protocol/nfc';
import type { CardTap, CardTapResult, CheckCardTaps } from './card-check.js';
import type { DecisionSession, ShownVerdict } from './decision-session.js';
import { type CardRead, openExchange, readCard } from './read-card.js';
import { CardFault, type PresentedCard, type ReaderEvent } from './reader-port.js';
import { createRelayWatch } from './relay-watch.js';
import type { TapNotice } from './tap-notice.js';
import type { TapTime } from './tap-times.js';

/** Longest wait for the verifier's word about a campus card. */
const checkLimitMs = 3_000;
/** A card found lying there again after a failure of its reader is the same presentation for so long. */
const sameCardMs = 10_000;
/** A reader that is going down may say first that its card is gone. */
const goneWithReaderMs = 1_000;
/** A card that was read is acceptable for as long as a code would be; a minute more is remembered. */
const rememberSeconds = 110;

export interface TapSession {
  /** Takes the events of the card readers. Resolves when what the event led to is on the screen. */
  take(event: ReaderEvent): Promise<void>;
  /** The readers are lost: a card that has just gone may lie there still. */
  readersLost(): void;
}

/** A decision, or why there is none, with the words that go with it. */
interface Outcome {
  readonly decision: CodeDecision;
  readonly notice?: TapNotice;
  /** Who it was, while the card lies there. */
  readonly who?: string;
}

/**
 * From a card in the field to the verdict: reads it by its strongest way, decides a phone at once over the package, has
 * the verifier look at a campus card, and hands the decision to the session every code goes through.
 */
export function createTapSession(options: {
  session: DecisionSession;
  findPackage: () => PackageState | undefined;
  checkCardTaps: CheckCardTaps;
  /** Durable: what a card said while nobody could be asked, to be looked at when somebody can. */
  keepForLater: (tap: CardTap) => void;
  /** Origin of the addresses on our cards. */
  verifierOrigin: string;
  randomBytes: (length: number) => Uint8Array;
  /** The checkpoint's own signature, where its policy wants wallets to ask for it. */
  sign: Sign;
  monotonicMs: () => number;
  show: (shown: ShownVerdict, held: boolean) => void;
  /** For each tap, from the card's appearance to the verdict on the screen. */
  onDecided: (scheme: 'nfc-a' | 'nfc-b' | 'other', time: TapTime) => void;
  onTorn: (code: CardFault['code'] | 'card-mute') => void;
  onFault: (error: unknown) => void;
}): TapSession {
  const { session, monotonicMs, randomBytes } = options;
  const relays = createRelayWatch();
  const lying = new Map<
    string,
    { readonly who: string; readonly shown: ShownVerdict; readonly atMs: number; readonly goneMs?: number }
  >();

  function challenge(context: DecideContext) {
    const state = options.findPackage();
    return {
      checkpointNumber: state?.checkpoint.checkpointNumber ?? new Uint8Array(8),
      zone: zoneNumber(context, state?.checkpoint.policy.zone ?? ''),
      timeSeconds: context.nowSeconds,
      random: randomBytes(16),
    };
  }

  function signed(hello: PhoneAnswer['hello'], made: PhoneAnswer['challenge']): PhoneAnswer['challenge'] {
    if (options.findPackage()?.checkpoint.policy.checkpoint_authentication !== true) return made;
    return withCheckpointSignature(made, options.sign(checkpointToBeSigned(hello.bytes, made)));
  }

  async function look(card: PresentedCard): Promise<Outcome> {
    let read: CardRead;
    const exchange = openExchange(card, monotonicMs);
    const { data, context } = session.basis();
    try {
      read = await readCard(card, exchange, {
        verifierOrigin: options.verifierOrigin,
        knowsPhone: (hello) => knowsPhone(hello, data, context),
        challenge: () => challenge(session.basis().context),
        sign: signed,
      });
    } catch (error) {
      // An answer that is too long is an answer: the card has said something no card of ours says.
      if (error instanceof NfcError) return refusedCard(error);
      if (error instanceof CardFault && error.code === 'answer-too-long') return refusedCard(error);
      throw error;
    }
    switch (read.kind) {
      case 'legacy':
        return { decision: unproved(rejected('malformed')), notice: 'card-legacy' };
      case 'not-ours':
        return { decision: unproved(rejected('malformed')), notice: 'card-not-ours' };
      case 'phone':
        return phone(read.answer, session.basis());
      case 'campus-card':
        return marked(await campusCard(read.sun), relays.isSlow(card.reader, exchange.fastestMs));
    }
  }

  function phone(answer: PhoneAnswer, now: { data: DecideData; context: DecideContext }): Outcome {
    const decision = decidePhone(answer, now.data, now.context);
    const key = decision.replayKey?.subarray(0, 33);
    return key === undefined ? { decision } : { decision, who: Buffer.from(key).toString('base64url') };
  }

  async function campusCard(sun: SunUrl): Promise<Outcome> {
    const { context } = session.basis();
    if (context.clockReliable === false) return { decision: ofCard(cannotDecide('clock-unreliable')) };
    const tap: CardTap = {
      id: Buffer.from(randomBytes(16)).toString('base64url'),
      ...{ picc_data: hexOf(sun.piccData), cmac: hexOf(sun.cmac), key_version: sun.number, at: context.nowSeconds },
    };
    const result = await checked(tap);
    if (result !== undefined) {
      const who = result.row === undefined ? {} : { who: `row ${result.row}` };
      return { decision: checkedCard(result, sun, context.nowSeconds), ...who };
    }
    // Nobody here can tell a card from a tag with an address written on it: this opens to anybody who can write one.
    const { policy } = session.inForce();
    if (policy.offline_cards !== 'accept-marked') return { decision: ofCard(cannotDecide('network-needed')) };
    options.keepForLater(tap);
    return {
      decision: { ...ofCard({ verdict: 'accepted' }), ...remembered(sun, context.nowSeconds), marks: ['card-offline'] },
    };
  }

  /** The same tap once more where the first call tore: it carries the same id, so it counts once. */
  async function checked(tap: CardTap): Promise<CardTapResult | undefined> {
    const signal = AbortSignal.timeout(checkLimitMs);
    for (let attempt = 0; attempt < 2 && !signal.aborted; attempt++) {
      try {
        const found = (await options.checkCardTaps([tap], signal)).find(({ id }) => id === tap.id);
        if (found !== undefined) return found;
      } catch (error) {
        if (attempt > 0) options.onFault(error);
      }
    }
    return undefined;
  }

  async function decide(card: PresentedCard): Promise<void> {
    const started = monotonicMs();
    let outcome: Outcome;
    try {
      outcome = await look(card);
    } catch (error) {
      if (!(error instanceof CardFault)) options.onFault(error);
      options.onTorn(error instanceof CardFault ? error.code : 'reader-failed');
      options.show(session.notice('card-torn'), false);
      return;
    }
    const { decision, notice, who } = outcome;
    const before = lying.get(card.reader);
    const isThere = before !== undefined && before.goneMs === undefined;
    const same = isThere && before.who === who && monotonicMs() - before.atMs < sameCardMs;
    let journalMs = 0;
    // Only where it would be answered as before: what has changed about the person since is decided anew.
    if (same && decision.verdict === before.shown.verdict && decision.reason === before.shown.reason) {
      options.show(before.shown, true);
    } else {
      const settledMs = monotonicMs();
      const shown = session.settle(decision, card.reader, notice);
      journalMs = monotonicMs() - settledMs;
      if (who !== undefined) lying.set(card.reader, { who, shown, atMs: monotonicMs() });
      options.show(shown, false);
    }
    const { scheme } = decision;
    const { answeringMs: cardMs, channelMs } = card;
    const time = { ms: monotonicMs() - started, cardMs, channelMs, journalMs };
    options.onDecided(scheme === 'nfc-a' || scheme === 'nfc-b' ? scheme : 'other', time);
  }

  return {
    async take(event) {
      if (event.kind === 'card') await decide(event.card);
      else if (event.kind === 'card-gone') {
        const before = lying.get(event.reader);
        if (before !== undefined) lying.set(event.reader, { ...before, goneMs: monotonicMs() });
      } else if (event.kind === 'card-mute') {
        options.onTorn('card-mute');
        options.show(session.notice('card-torn'), false);
      }
    },
    readersLost() {
      for (const [reader, { goneMs, ...before }] of lying)
        if (goneMs !== undefined && monotonicMs() - goneMs < goneWithReaderMs) lying.set(reader, before);
    },
  };
}

/** Two bytes that stand for a zone in a challenge: of SHA-256 over its name. */
export function zoneNumber({ crypto }: Pick<DecideContext, 'crypto'>, zone: string): number {
  const digest = crypto.sha256(new TextEncoder().encode(zone));
  return ((digest[0] as number) << 8) | (digest[1] as number);
}

function marked(outcome: Outcome, slow: boolean): Outcome {
  const { decision } = outcome;
  return slow ? { ...outcome, decision: { ...decision, marks: [...decision.marks, 'slow-card'] } } : outcome;
}

function unproved(verdict: Verdict): CodeDecision {
  return { ...verdict, holder_proved: false, marks: [] };
}

function ofCard({ verdict, reason }: Verdict): CodeDecision {
  return { ...unproved({ verdict, reason } as Verdict), scheme: 'nfc-b' };
}

function refusedCard(error: NfcError | CardFault): Outcome {
  if (error instanceof NfcError && error.code === 'nfc-unsupported-version') {
    return { decision: unproved(rejected('unsupported-version')) };
  }
  return { decision: unproved(rejected('malformed')), notice: 'card-answers-wrong' };
}

/** What the verifier says of a card; with a row the issuer has verified the read, whatever came of the person. */
function checkedCard(result: CardTapResult, sun: SunUrl, nowSeconds: number): CodeDecision {
  return {
    ...ofCard(result),
    ...remembered(sun, nowSeconds),
    holder_proved: result.row !== undefined,
    ...(result.row === undefined ? {} : { row: { index: -1, rowNumber: result.row, policyClass: 0 } }),
    ...(result.portrait_id === undefined
      ? {}
      : { portraitId: new Uint8Array(Buffer.from(result.portrait_id, 'base64url')) }),
  };
}

/** The issuer moves a card's counter, so that no message counts twice; this gate remembers each as well. */
function remembered(sun: SunUrl, nowSeconds: number): Pick<CodeDecision, 'replayKey' | 'replayUntilSeconds'> {
  return {
    replayKey: Uint8Array.from([...sun.piccData, ...sun.cmac]),
    replayUntilSeconds: nowSeconds + rememberSeconds,
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
