import type { Action, Actor, CaseRefusal, PersonActor } from '../cases/action.js';
import { advance, record } from '../cases/advance.js';
import { type CaseState, subjectOf } from '../cases/case-state.js';
import { decision } from '../cases/finish-step.js';
import type { AtStep, Done, Live } from '../cases/live-case.js';
import { signingTurn } from '../cases/turn.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import { findStep, isEffect } from '../definitions/walk-steps.js';

/**
 * Why a case can neither be called off nor sent back: something is being done at the register, or has been. What the
 * register has done is undone there, by its own rules.
 */
export function effectInTheWay(definition: ServiceDefinition, state: CaseState): CaseRefusal | undefined {
  for (const { id } of definition.steps.filter(isEffect)) {
    const step = state.steps[id];
    if (step?.status === 'done') return 'effect-done';
    if (step?.status === 'open' && step.effect?.state === 'pending') return 'effect-under-way';
  }
  return undefined;
}

/** The worker says what the issuer answered: done, or why not. */
export function settleEffect(
  { ready, state, course, context }: Live,
  actor: Actor,
  action: Extract<Action, { verb: 'settle-effect' }>,
): Done {
  if (actor.kind !== 'effects') return 'not-your-turn';
  const step = findStep(ready.definition.steps, action.step);
  const open = state.steps[action.step];
  if (step === undefined || !isEffect(step)) return 'verb-not-here';
  if (open?.status !== 'open') return 'step-not-open';
  const at = { atMs: context.nowMs, step: step.id };
  if (action.outcome.is === 'refused') {
    if (open.effect?.state !== 'pending') return 'step-not-open';
    record(course, { kind: 'effect-refused', ...at, problem: action.outcome.problem });
    return undefined;
  }
  record(course, { kind: 'emitted', ...at, document: step.document });
  record(course, { kind: 'step-done', ...at, chosen: null });
  advance(ready.definition, course, context);
  return undefined;
}

/** An owner has what was refused tried again: something was put right in between. */
export function retryEffect(at: AtStep, actor: PersonActor, comment: string): Done {
  if (at.open.effect?.state !== 'refused') return 'effect-under-way';
  const signing = signingTurn(actor, at.open, subjectOf(at.state));
  if (!signing.ok) return signing.code;
  const { by, for: standsFor } = signing.turn;
  const { atMs, step } = decision(at, signing.turn);
  record(at.course, { kind: 'effect-asked', atMs, step, by, for: standsFor, comment });
  return undefined;
}
