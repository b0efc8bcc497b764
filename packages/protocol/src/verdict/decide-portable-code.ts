import { concatBytes, equalBytes, writeUint32 } from '../bytes/bytes.js';
import type { VerifyKey } from '../crypto/port.js';
import { localDay } from '../offline-package/policy-hours.js';
import { inTime, type KeyEntry } from '../pass/key-set.js';
import { type ParsedPass, parsePass } from '../pass/parse-pass.js';
import type { PassClaims, PassKind } from '../pass/pass.js';
import { type VerifiedPass, verifyPass } from '../pass/verify-pass.js';
import type { ParsedPortableCode } from '../portable-code/parse-portable-code.js';
import { verifyPortableCodeSignature } from '../portable-code/verify-portable-code.js';
import type { EnrolmentStatus } from '../student-id/enrolment-states.js';
import { admittedAt, type DecideContext, type DecideData } from './decide-data.js';
import { decidePerson } from './decide-person.js';
import {
  acceptedAfter,
  type CodeDecision,
  challengesOf,
  type Mark,
  proved,
  replayUntil,
  uncertaintyOf,
} from './decision.js';
import { statusByList } from './pass-status.js';
import { cannotDecide, rejected, type Verdict } from './verdict.js';

type PassData = NonNullable<DecideData['passes']>;

/** Enrolment state that a kind of pass stands for: others get none (formats.md §7, §8). */
const stateOfKind: Record<PassKind, EnrolmentStatus> = {
  student: 'enrolled',
  alumni: 'graduated',
  exchange: 'exchange',
};

/**
 * The checks of a portable code. The pass inside is opened first, because its form counts as the code's form;
 * `late` is the outcome of the time check that comes next.
 * @throws DocumentError where the pass inside cannot be read.
 */
export function decidePortableCode(
  code: ParsedPortableCode,
  data: DecideData,
  context: DecideContext,
  late: Verdict | undefined,
): CodeDecision {
  return decideHeldPass(data, context, {
    scheme: 'portable-code',
    pass: code.pass,
    timeSeconds: code.timeSeconds,
    nonce: code.nonce,
    late,
    answered: (passHash, key) => checkHolder(code, passHash, key, data, context),
  });
}

/** A pass with what shows that its holder is there: a portable code, or a phone that answered a challenge. */
export interface HeldPass {
  readonly scheme: 'portable-code' | 'nfc-a';
  readonly pass: Uint8Array;
  readonly timeSeconds: number;
  /** With key and time the name under which the replay memory keeps this presentation. */
  readonly nonce: Uint8Array;
  readonly late: Verdict | undefined;
  /** The challenge that was answered, `free` for none, undefined where the signature holds over nothing we know. */
  readonly answered: (passHash: Uint8Array, key: VerifyKey) => Uint8Array | 'free' | undefined;
}

/**
 * The checks of a pass from "issuer known" on.
 * @throws DocumentError where the pass cannot be read.
 */
export function decideHeldPass(data: DecideData, context: DecideContext, held: HeldPass): CodeDecision {
  const { passes } = data;
  const unproved = (verdict: Verdict): CodeDecision => unprovedAs(held.scheme, verdict);
  const passHash = context.crypto.sha256(held.pass);
  const seen = context.passes?.get(passHash);
  const parsed = seen === undefined ? parsePass(held.pass) : undefined;
  if (held.late !== undefined) return unproved(held.late);
  if (passes === undefined) return unproved(cannotDecide('issuer-keys-missing'));

  const pass = seen ?? (parsed as ParsedPass);
  const issuer = findIssuer(pass, passes, context.nowSeconds);
  if ('verdict' in issuer) return unproved(issuer);
  const verified = checkIssuer(context, passHash, issuer, seen, parsed ?? held.pass);
  if (verified === undefined) return unproved(rejected('issuer-signature-invalid'));
  const { claims } = verified;
  if (issuer.universityCode !== claims.universityCode || !inTime(issuer, claims.validFromSeconds)) {
    return unproved(rejected('issuer-not-entitled'));
  }
  if (context.nowSeconds + acceptedAfter + uncertaintyOf(context) < claims.validFromSeconds) {
    return unproved(rejected('not-yet-valid'));
  }
  if (context.nowSeconds > claims.expiresSeconds) return unproved(rejected('expired'));

  const key = context.keys.get(claims.holderKey);
  const answered = key === undefined ? undefined : held.answered(passHash, key);
  if (answered === undefined) return unproved(rejected('holder-signature-invalid'));
  const { verdict, marks } = decidePass(claims, answered, data, passes, context);
  return proved(verdict, {
    scheme: held.scheme,
    marks,
    replayKey: replayKeyOf(claims, held),
    replayUntilSeconds: replayUntil(held.timeSeconds),
    pass: claims,
    challenge: answered === 'free' ? undefined : answered,
  });
}

function unprovedAs(scheme: HeldPass['scheme'], verdict: Verdict): CodeDecision {
  return { ...verdict, scheme, holder_proved: false, marks: [] };
}

function replayKeyOf(claims: PassClaims, code: Pick<HeldPass, 'timeSeconds' | 'nonce'>): Uint8Array {
  const time = new Uint8Array(4);
  writeUint32(time, 0, code.timeSeconds);
  return concatBytes(claims.holderKey, time, code.nonce);
}

function findIssuer(
  pass: Pick<ParsedPass, 'kid' | 'claims'>,
  passes: PassData,
  nowSeconds: number,
): Verdict | KeyEntry {
  if (passes.freshness === 'expired') return cannotDecide('package-expired');
  const own = pass.claims.universityCode === passes.ownUniversityCode;
  if (!own && nowSeconds >= passes.trustListExpiresSeconds) return cannotDecide('trust-list-expired');
  const entry = passes.findKey(pass.kid, pass.claims.universityCode);
  if (entry !== undefined) return entry;
  // Fresh keys know every issuer; older ones may not have heard of a new signer.
  return passes.freshness === 'fresh' ? rejected('unknown-issuer') : cannotDecide('issuer-keys-missing');
}

/** A pass seen before counts only under the very key it was verified with. */
function checkIssuer(
  context: DecideContext,
  passHash: Uint8Array,
  issuer: KeyEntry,
  seen: VerifiedPass | undefined,
  opened: ParsedPass | Uint8Array,
): VerifiedPass | undefined {
  if (seen !== undefined && equalBytes(seen.issuerKey, issuer.key)) return seen;
  const key = context.keys.get(issuer.key);
  if (key === undefined) return undefined;
  const verified = verifyPass(context.crypto, opened instanceof Uint8Array ? parsePass(opened) : opened, key);
  if (verified !== undefined) context.passes?.put(passHash, verified);
  return verified;
}

/** The challenge that was answered, `free` for none, undefined where the signature holds over nothing we know. */
function checkHolder(
  code: ParsedPortableCode,
  passHash: Uint8Array,
  key: VerifyKey,
  data: DecideData,
  context: DecideContext,
): Uint8Array | 'free' | undefined {
  const free = () => verifyPortableCodeSignature(context.crypto, code, passHash, key);
  // The code does not say whether it answers a challenge: what the checkpoint expects is tried first.
  if (!data.policy.requires_challenge && free()) return 'free';
  const challenge = challengesOf(context).find((candidate) =>
    verifyPortableCodeSignature(context.crypto, code, passHash, key, candidate),
  );
  if (challenge !== undefined) return challenge;
  return data.policy.requires_challenge && free() ? 'free' : undefined;
}

function decidePass(
  claims: PassClaims,
  answered: Uint8Array | 'free',
  data: DecideData,
  passes: PassData,
  context: DecideContext,
): { readonly verdict: Verdict; readonly marks: readonly Mark[] } {
  const { policy } = data;
  const { nowSeconds } = context;
  if (answered === 'free' && policy.requires_challenge) return { verdict: rejected('challenge-missing'), marks: [] };

  const list = passes.findList(claims.universityCode, claims.listNumber);
  const found = statusByList(list, claims.listIndex, { policy, freshness: passes.freshness, nowSeconds });
  const { marks } = found;
  if ('verdict' in found) return { verdict: found.verdict, marks };

  const against = decidePerson(
    {
      policy,
      status: found.status,
      registered: claims.registeredUntilDay >= localDay(policy, nowSeconds),
      permitted: permits(policy, claims, passes),
    },
    nowSeconds,
  );
  if (against !== undefined) return { verdict: against, marks };
  const level = admittedAt(policy, passes.freshness);
  if (passes.freshness === 'grace' && (policy.grace === 'refuse' || level !== 'everyone'))
    return { verdict: cannotDecide('package-too-old'), marks };
  if (level !== 'everyone') return { verdict: rejected('not-permitted'), marks };
  return { verdict: { verdict: 'accepted' }, marks };
}

/** A pass names no policy class, so it opens nothing that is open to some classes only. */
function permits(policy: DecideData['policy'], claims: PassClaims, passes: PassData): boolean {
  const own = claims.universityCode === passes.ownUniversityCode;
  const { classes, states, foreign_passes } = policy.admits;
  return classes === 'any' && states.includes(stateOfKind[claims.kind]) && (own || foreign_passes);
}
