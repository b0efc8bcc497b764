import { isSamePerson, type PersonId } from '../people/person.js';
import type { Action, PersonActor } from './action.js';
import { record } from './advance.js';
import { subjectOf } from './case-state.js';
import { decision, finishStep } from './finish-step.js';
import type { AtStep, Done } from './live-case.js';
import { steeringTurn, transferableSlot } from './turn.js';

const MAX_COSIGNERS = 8;

export function transfer(at: AtStep, actor: PersonActor, action: Extract<Action, { verb: 'transfer' }>): Done {
  const { step, state, open, course } = at;
  if (step.kind === 'student-confirm') return 'verb-not-here';
  const found = transferableSlot(actor, open, subjectOf(state));
  if (typeof found === 'string') return found;
  if (!isPossible(action.to, found.slot.id, at)) return 'person-not-possible';
  record(course, {
    ...{ kind: 'slot-transferred', ...decision(at, found.turn) },
    ...{ slot: found.slot.id, to: action.to, reason: action.reason },
  } as const);
  return undefined;
}

/** Staff, neither the student himself nor somebody who has a part in this step already. */
function isPossible(person: PersonId, slotId: number | undefined, { state, open }: AtStep): boolean {
  if (!person.startsWith('staff:') || isSamePerson(subjectOf(state), person)) return false;
  return !open.slots.some(
    ({ id, heldBy, owner, signature }) =>
      signature?.by === person ||
      signature?.for === person ||
      (id !== slotId && (heldBy === person || (owner.kind === 'person' && owner.person === person))),
  );
}

export function addCosigner(at: AtStep, actor: PersonActor, person: PersonId): Done {
  const { step, state, open, course } = at;
  if (step.kind === 'student-confirm' || step.kind === 'emit') return 'verb-not-here';
  const turn = steeringTurn(actor, open, subjectOf(state));
  if (typeof turn === 'string') return turn;
  if (open.slots.filter(({ isCosigner }) => isCosigner).length >= MAX_COSIGNERS) return 'cosigners-at-most';
  if (!isPossible(person, undefined, at)) return 'person-not-possible';
  const slot = Math.max(...open.slots.map(({ id }) => id)) + 1;
  record(course, { kind: 'cosigner-added', ...decision(at, turn), slot, person });
  return undefined;
}

export function dropCosigner(at: AtStep, actor: PersonActor, person: PersonId): Done {
  const { state, open, course } = at;
  const turn = steeringTurn(actor, open, subjectOf(state));
  if (typeof turn === 'string') return turn;
  const slot = open.slots.find(
    ({ isCosigner, owner, heldBy, signature }) =>
      // By the name of whom it is with now, too: that is the name people read.
      isCosigner && signature === null && (heldBy === person || (owner.kind === 'person' && owner.person === person)),
  );
  if (slot === undefined) return 'cosigner-missing';
  record(course, { kind: 'cosigner-dropped', ...decision(at, turn), slot: slot.id, person });
  // Everybody else may have signed already; a dispatch is never all-sign with its choice still open.
  finishStep(at, null);
  return undefined;
}
