import { concatBytes } from '../bytes/bytes.js';
import { ascii } from '../bytes/text.js';
import { verifySign1 } from '../cose/verify-sign1.js';
import { suspendingStates } from '../offline-package/row-state.js';
import type { PaperPassClaims, ParsedPaperPass } from '../paper-pass/paper-pass.js';
import { inTime } from '../pass/key-set.js';
import { admittedAt, type DecideContext, type DecideData } from './decide-data.js';
import { decidePerson } from './decide-person.js';
import { acceptedAfter, type CodeDecision, type Mark, proved, uncertaintyOf } from './decision.js';
import { statusByList } from './pass-status.js';
import { cannotDecide, rejected, type Verdict } from './verdict.js';

/** The same paper opens a zone once in so many seconds: it cannot be handed back over the fence. */
export const paperAgainSeconds = 300;

const domain = ascii('paper pass ');

/**
 * The checks of a one-day pass on paper: issuer known and entitled (our own university's only), signature, validity,
 * then the policy, status and person. Its code is the same all day and proves no key: it is accepted where portraits
 * are shown only, always marked, and the guard compares the photo.
 */
export function decidePaperPass(pass: ParsedPaperPass, data: DecideData, context: DecideContext): CodeDecision {
  const { passes } = data;
  const { claims } = pass;
  const { nowSeconds } = context;
  if (context.clockReliable === false) return unproved(cannotDecide('clock-unreliable'));
  if (passes === undefined) return unproved(cannotDecide('issuer-keys-missing'));
  if (passes.freshness === 'expired') return unproved(cannotDecide('package-expired'));
  const entry = passes.findKey(pass.kid, claims.universityCode);
  if (entry === undefined) {
    return unproved(passes.freshness === 'fresh' ? rejected('unknown-issuer') : cannotDecide('issuer-keys-missing'));
  }
  const key = context.keys.get(entry.key);
  if (key === undefined || !verifySign1(context.crypto, pass.sign1, key)) {
    return unproved(rejected('issuer-signature-invalid'));
  }
  const own = claims.universityCode === passes.ownUniversityCode && entry.universityCode === claims.universityCode;
  if (!own || !inTime(entry, claims.validFromSeconds)) return unproved(rejected('issuer-not-entitled'));
  if (nowSeconds + acceptedAfter + uncertaintyOf(context) < claims.validFromSeconds) {
    return unproved(rejected('not-yet-valid'));
  }
  if (nowSeconds > claims.expiresSeconds) return unproved(rejected('expired'));
  const { verdict, marks } = decideHolder(claims, data, passes, nowSeconds);
  return proved(verdict, {
    scheme: 'paper-pass',
    marks: [...marks, 'paper'],
    replayKey: concatBytes(domain, claims.passNumber),
    replayUntilSeconds: nowSeconds + paperAgainSeconds,
    portraitId: claims.portraitId,
  });
}

function unproved(verdict: Verdict): CodeDecision {
  return { ...verdict, scheme: 'paper-pass', holder_proved: false, marks: [] };
}

function decideHolder(
  claims: PaperPassClaims,
  data: DecideData,
  passes: NonNullable<DecideData['passes']>,
  nowSeconds: number,
): { readonly verdict: Verdict; readonly marks: readonly Mark[] } {
  const { policy } = data;
  if (policy.requires_challenge) return { verdict: rejected('challenge-missing'), marks: [] };
  const { freshness } = passes;
  const list = passes.findList(claims.universityCode, claims.listNumber);
  const found = statusByList(list, claims.listIndex, { policy, freshness, nowSeconds });
  const { marks } = found;
  if ('verdict' in found) return { verdict: found.verdict, marks };
  const { admits } = policy;
  const permitted =
    policy.paper_passes === 'accept-marked' &&
    policy.show_portrait &&
    (admits.classes === 'any' || admits.classes.includes(claims.policyClass)) &&
    admits.states.includes(claims.state.enrolmentState);
  const { state } = claims;
  const lifted = suspendingStates.has(state.enrolmentState) && !state.stopped;
  const printed = state.revoked ? 'revoked' : state.suspended && !lifted ? 'suspended' : 'valid';
  const status = found.status === 'valid' ? printed : found.status;
  const against = decidePerson({ policy, status, registered: state.registered, permitted }, nowSeconds);
  if (against !== undefined) return { verdict: against, marks };
  const level = admittedAt(policy, freshness);
  if (freshness === 'grace' && (policy.grace === 'refuse' || level === 'listed' || level === 'nobody')) {
    return { verdict: cannotDecide('package-too-old'), marks };
  }
  return { verdict: { verdict: 'accepted' }, marks };
}
