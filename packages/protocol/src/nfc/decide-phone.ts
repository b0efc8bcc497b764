import { concatBytes } from '../bytes/bytes.js';
import { DocumentError } from '../errors.js';
import { keyDay } from '../gate-key/gate-key.js';
import { admittedAt, type DecideContext, type DecideData } from '../verdict/decide-data.js';
import { admitted, decideRow, unknownHandle } from '../verdict/decide-gate-code.js';
import { decideHeldPass } from '../verdict/decide-portable-code.js';
import {
  acceptedAfter,
  acceptedBefore,
  type CodeDecision,
  type Mark,
  proved,
  replayUntil,
  uncertaintyOf,
} from '../verdict/decision.js';
import { cannotDecide, rejected, type Verdict } from '../verdict/verdict.js';
import {
  type PhoneChallenge,
  type PhoneHello,
  phoneAbilities,
  phonePassToBeSigned,
  phoneToBeSigned,
} from './phone-messages.js';

/** A whole exchange with a phone. The challenge is the gate's own, made for this tap. */
export interface PhoneAnswer {
  readonly hello: PhoneHello;
  readonly challenge: PhoneChallenge;
  readonly signature: Uint8Array;
  /** The pass that was read, where the holder key of the pass signed (P1 01). */
  readonly pass?: Uint8Array;
}

/** Row of a phone and the key day its handle belongs to. */
interface FoundRow {
  readonly day: number;
  readonly index: number;
}

/**
 * True where the gate knows the phone's handle, so that the gate key is asked to sign; else the pass is read first.
 * Around the change of day both days are tried: the two clocks need not agree to the second.
 */
export function knowsPhone(hello: PhoneHello, data: DecideData, context: DecideContext): boolean {
  return findRow(hello, data, context) !== undefined;
}

/**
 * Decides a phone's answer: time, handle or pass known, holder signature over the whole exchange, then status,
 * registration, policy and hours as for codes (formats.md §5). A phone that answered counts as having answered a
 * challenge. Pure and synchronous; never throws on anything a phone says. The caller takes `replayKey`, as with codes.
 */
export function decidePhone(answer: PhoneAnswer, data: DecideData, context: DecideContext): CodeDecision {
  try {
    const late = decideTime(answer.challenge.timeSeconds, context);
    if (answer.pass !== undefined) return decideWithPass(answer, answer.pass, data, context, late);
    return late === undefined ? decideWithGateKey(answer, data, context) : unproved(late);
  } catch (error) {
    return unproved(error instanceof DocumentError ? rejected('malformed') : cannotDecide('internal'));
  }
}

/** The gate made the challenge itself, so a wrong time means that this tap took too long or the clock jumped. */
function decideTime(timeSeconds: number, context: DecideContext): Verdict | undefined {
  if (context.clockReliable === false) return cannotDecide('clock-unreliable');
  const age = context.nowSeconds - timeSeconds;
  if (age > acceptedBefore) return rejected('too-old');
  return -age > acceptedAfter ? rejected('in-the-future') : undefined;
}

function unproved(verdict: Verdict): CodeDecision {
  return { ...verdict, scheme: 'nfc-a', holder_proved: false, marks: [] };
}

function findRow(hello: PhoneHello, data: DecideData, context: DecideContext): FoundRow | undefined {
  const { people } = data;
  if (people === undefined || (hello.abilities & phoneAbilities.gateKey) === 0) return undefined;
  const spread = acceptedBefore + uncertaintyOf(context);
  const days = new Set([0, -spread, spread].map((shift) => keyDay(context.nowSeconds + shift)));
  for (const day of days) {
    const index = people.table.findByHandle(day, hello.handle);
    if (index >= 0) return { day, index };
  }
  return undefined;
}

function decideWithGateKey(answer: PhoneAnswer, data: DecideData, context: DecideContext): CodeDecision {
  const { people, policy } = data;
  if (people === undefined) return unproved(cannotDecide('no-package'));
  const { table, freshness } = people;
  const found = findRow(answer.hello, data, context);
  if (found === undefined) return unproved(unknownHandle(freshness));
  const person = table.person(found.index);
  const level = admittedAt(policy, freshness);
  const emergency = level === 'listed' && people.emergencyRowNumbers.includes(person.rowNumber);
  if (freshness === 'expired' && !emergency) return unproved(cannotDecide('package-expired'));

  const { compressed, y } = table.keyOf(found.index);
  const key = context.keys.get(compressed, y);
  if (key === undefined) return unproved(cannotDecide('internal'));
  const mask = table.maskOf(found.day, found.index);
  const signed = phoneToBeSigned(answer.hello.bytes, answer.challenge, mask);
  if (!context.crypto.verifyEs256(key, signed, answer.signature)) return unproved(rejected('holder-signature-invalid'));

  const marks: Mark[] = emergency ? ['emergency'] : freshness === 'grace' ? ['grace'] : [];
  const verdict = decideRow(person, 2, policy, context);
  const tooOld = verdict.verdict === 'accepted' && freshness === 'grace' && !admitted(policy, level, emergency);
  return proved(tooOld ? cannotDecide('package-too-old') : verdict, {
    scheme: 'nfc-a',
    marks,
    replayKey: concatBytes(compressed, answer.challenge.bytes.subarray(10, 22)),
    replayUntilSeconds: replayUntil(answer.challenge.timeSeconds),
    row: { index: found.index, rowNumber: person.rowNumber, policyClass: person.policyClass },
    portraitId: person.portraitId,
  });
}

function decideWithPass(
  answer: PhoneAnswer,
  pass: Uint8Array,
  data: DecideData,
  context: DecideContext,
  late: Verdict | undefined,
): CodeDecision {
  // The challenge of a tap is no code on a screen: nobody has a ring of them to use it up from.
  const { challenge: _, ...decision } = decideHeldPass(data, context, {
    scheme: 'nfc-a',
    pass,
    timeSeconds: answer.challenge.timeSeconds,
    nonce: answer.challenge.random.subarray(0, 8),
    late,
    answered(passHash, key) {
      const signed = phonePassToBeSigned(answer.hello.bytes, answer.challenge, passHash);
      return context.crypto.verifyEs256(key, signed, answer.signature) ? answer.challenge.bytes : undefined;
    },
  });
  return decision as CodeDecision;
}
