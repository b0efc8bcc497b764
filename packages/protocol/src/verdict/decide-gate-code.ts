import { concatBytes } from '../bytes/bytes.js';
import type { VerifyKey } from '../crypto/port.js';
import type { ParsedGateCode } from '../gate-code/parse-gate-code.js';
import { verifyGateCodeSignature } from '../gate-code/verify-gate-code.js';
import { keyDay } from '../gate-key/gate-key.js';
import type { CheckpointPolicy } from '../offline-package/checkpoint-policy.js';
import type { PersonOfRow } from '../offline-package/people-row.js';
import { type RowState, suspendingStates } from '../offline-package/row-state.js';
import { admittedAt, type DarkLevel, type DecideContext, type DecideData } from './decide-data.js';
import { decidePerson } from './decide-person.js';
import { type CodeDecision, challengesOf, type Mark, proved, replayUntil } from './decision.js';
import { cannotDecide, rejected, type Verdict } from './verdict.js';

/** The checks of a gate code from "handle known" on; form, version and time are done. */
export function decideGateCode(code: ParsedGateCode, data: DecideData, context: DecideContext): CodeDecision {
  const { people, policy } = data;
  if (people === undefined) return unproved(cannotDecide('no-package'));
  const { table, freshness } = people;
  const day = keyDay(code.timeSeconds);
  const index = table.findByHandle(day, code.handle);
  if (index < 0) return unproved(unknownHandle(freshness));
  const person = table.person(index);
  const level = admittedAt(policy, freshness);
  const emergency = level === 'listed' && people.emergencyRowNumbers.includes(person.rowNumber);
  if (freshness === 'expired' && !emergency) return unproved(cannotDecide('package-expired'));

  const { compressed, y } = table.keyOf(index);
  const key = context.keys.get(compressed, y);
  // The issuer checked this point when the key was enrolled, so a bad one is our own fault and nobody's forgery.
  if (key === undefined) return unproved(cannotDecide('internal'));
  const answered = checkHolder(code, key, table.maskOf(day, index), context);
  if ('verdict' in answered) return unproved(answered);

  const marks: Mark[] = emergency ? ['emergency'] : freshness === 'grace' ? ['grace'] : [];
  const verdict = decideRow(person, code.version, policy, context);
  const tooOld = verdict.verdict === 'accepted' && freshness === 'grace' && !admitted(policy, level, emergency);
  return proved(tooOld ? cannotDecide('package-too-old') : verdict, {
    scheme: 'gate-code',
    marks,
    replayKey: concatBytes(compressed, code.head.subarray(17)),
    replayUntilSeconds: replayUntil(code.timeSeconds),
    row: { index, rowNumber: person.rowNumber, policyClass: person.policyClass },
    portraitId: person.portraitId,
    challenge: answered.challenge,
  });
}

function unproved(verdict: Verdict): CodeDecision {
  return { ...verdict, scheme: 'gate-code', holder_proved: false, marks: [] };
}

/** Fresh data knows everybody; older data may simply not have heard of a new student. */
export function unknownHandle(freshness: 'fresh' | 'grace' | 'expired'): Verdict {
  if (freshness === 'fresh') return rejected('unknown-handle');
  return cannotDecide(freshness === 'grace' ? 'package-too-old' : 'package-expired');
}

function checkHolder(
  code: ParsedGateCode,
  key: VerifyKey,
  mask: Uint8Array,
  context: DecideContext,
): Verdict | { readonly challenge?: Uint8Array } {
  if (code.version === 1) {
    return verifyGateCodeSignature(context.crypto, code, key, mask) ? {} : rejected('holder-signature-invalid');
  }
  const challenges = challengesOf(context);
  if (challenges.length === 0) return rejected('challenge-missing');
  const challenge = challenges.find((candidate) => verifyGateCodeSignature(context.crypto, code, key, mask, candidate));
  return challenge === undefined ? rejected('holder-signature-invalid') : { challenge };
}

/** A row of the table against the checkpoint's policy; version 2 has answered a challenge of the checkpoint. */
export function decideRow(
  row: PersonOfRow,
  version: 1 | 2,
  policy: CheckpointPolicy,
  context: Pick<DecideContext, 'nowSeconds'>,
): Verdict {
  if (version === 1 && policy.requires_challenge) return rejected('challenge-missing');
  const { admits } = policy;
  const against = decidePerson(
    {
      policy,
      status: statusOf(row.state, policy),
      registered: row.state.registered,
      permitted:
        (admits.classes === 'any' || admits.classes.includes(row.policyClass)) &&
        admits.states.includes(row.state.enrolmentState),
    },
    context.nowSeconds,
  );
  if (against !== undefined) return against;
  return { verdict: 'accepted' };
}

/** Whether older data, which proved the person, is enough for the policy. */
export function admitted(policy: CheckpointPolicy, level: DarkLevel, emergency: boolean): boolean {
  return policy.grace !== 'refuse' && (emergency || level === 'everyone' || level === 'own-people');
}

/** A policy may admit a state that suspends by itself; it never lifts what holder or staff have stopped. */
function statusOf(state: RowState, policy: CheckpointPolicy): 'valid' | 'suspended' | 'revoked' {
  if (state.revoked) return 'revoked';
  if (state.stopped) return 'suspended';
  if (!state.suspended) return 'valid';
  const admitted = suspendingStates.has(state.enrolmentState) && policy.admits.states.includes(state.enrolmentState);
  return admitted ? 'valid' : 'suspended';
}
