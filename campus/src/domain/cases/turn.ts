import { isSamePerson, type PersonId, reaches } from '../people/person.js';
import type { PersonActor } from './action.js';
import type { OpenStep, Slot } from './case-state.js';

/** As whom somebody acts at a slot: as himself, or for one who delegated to him. */
export interface Turn {
  readonly by: PersonId;
  readonly for: PersonId | null;
}

/** Everybody the actor may act as, himself first. */
function facesOf(actor: PersonActor) {
  const self = { turn: { by: actor.person, for: null } as Turn, person: actor.person, roles: actor.roles };
  return [
    self,
    ...actor.standsInFor.map(({ person, roles }) => ({
      turn: { by: actor.person, for: person } as Turn,
      person,
      roles,
    })),
  ];
}
type Face = ReturnType<typeof facesOf>[number];

const mayFill = (face: Face, slot: Slot, step: OpenStep): boolean =>
  slot.heldBy === face.person ||
  (slot.heldBy === null && ownsSlot(face, slot)) ||
  (step.escalatedTo !== null &&
    face.roles.some((role) => step.escalatedTo !== null && reaches(role, step.escalatedTo)));

/** Owner of a slot even while another holds it: who may take it back. */
function ownsSlot(face: Face, slot: Slot): boolean {
  const { owner } = slot;
  return owner.kind === 'person' ? owner.person === face.person : face.roles.some((role) => reaches(role, owner));
}

/** The student himself, by whatever number he works here as well, or somebody who stands in for him. */
const isHis = (subject: PersonId | null, actor: PersonActor, face: Face): boolean =>
  isSamePerson(subject, actor.person) || isSamePerson(subject, face.person);

export type SigningTurn =
  | { readonly ok: true; readonly slot: Slot; readonly turn: Turn }
  | { readonly ok: false; readonly code: 'not-your-turn' | 'own-case' | 'signed-already' };

/**
 * The slot somebody may sign, and as whom. Nobody signs in his own case or where he, or the one he stands in
 * for, has signed this step before, in whatever part.
 */
export function signingTurn(actor: PersonActor, step: OpenStep, subject: PersonId | null): SigningTurn {
  let code: 'not-your-turn' | 'own-case' | 'signed-already' = 'not-your-turn';
  const signed = new Set(
    step.slots.flatMap(({ signature }) => (signature === null ? [] : [signature.by, signature.for])),
  );
  for (const slot of step.slots) {
    if (slot.signature !== null) continue;
    for (const face of facesOf(actor)) {
      if (!mayFill(face, slot, step)) continue;
      if (isHis(subject, actor, face)) code = 'own-case';
      else if (signed.has(actor.person) || signed.has(face.person))
        code = code === 'own-case' ? code : 'signed-already';
      else return { ok: true, slot, turn: face.turn };
    }
  }
  return { ok: false, code };
}

/** As whom somebody may steer a step (transfer, co-signers): who may sign it, or owns one of its slots. */
export function steeringTurn(
  actor: PersonActor,
  step: OpenStep,
  subject: PersonId | null,
): Turn | 'not-your-turn' | 'own-case' {
  let code: 'not-your-turn' | 'own-case' = 'not-your-turn';
  for (const face of facesOf(actor)) {
    // A co-signer signs and does not steer.
    const slots = step.slots.filter((slot) => !slot.isCosigner);
    if (!slots.some((slot) => mayFill(face, slot, step) || ownsSlot(face, slot))) continue;
    if (isHis(subject, actor, face)) code = 'own-case';
    else return face.turn;
  }
  return code;
}

/** An unsigned slot that the actor holds or owns, for a transfer; co-signers hand on their own. */
export function transferableSlot(actor: PersonActor, step: OpenStep, subject: PersonId | null) {
  let isOwn = false;
  for (const slot of step.slots) {
    if (slot.signature !== null) continue;
    for (const face of facesOf(actor)) {
      if (!mayFill(face, slot, step) && !ownsSlot(face, slot)) continue;
      if (isHis(subject, actor, face)) isOwn = true;
      else return { slot, turn: face.turn };
    }
  }
  return isOwn ? ('own-case' as const) : ('not-your-turn' as const);
}

/** As whom somebody may write into the log of a step: everybody who may sign it or has signed, co-signers included. */
export function notingTurn(actor: PersonActor, step: OpenStep): Turn | undefined {
  return facesOf(actor).find((face) => step.slots.some((slot) => mayFill(face, slot, step)))?.turn;
}
