import { refusable } from '../definitions/check-structure.js';
import { DUTY_STEP } from '../definitions/danger.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import { stepsBefore, stepsToReset } from '../definitions/walk-steps.js';
import type { Action, PersonActor } from './action.js';
import { advance, chosenById, record } from './advance.js';
import { openSteps, subjectOf } from './case-state.js';
import { decision, finishStep } from './finish-step.js';
import type { AtStep, Done } from './live-case.js';
import { untickedOf } from './note-down.js';
import { signingTurn } from './turn.js';

/** Nobody decides on his own case, except where the step asks the applicant himself. */
const turnAt = ({ step, state, open }: AtStep, actor: PersonActor) =>
  signingTurn(actor, open, step.kind === 'student-confirm' ? null : subjectOf(state));

export function agree(at: AtStep, actor: PersonActor, action: Extract<Action, { verb: 'agree' }>): Done {
  const { step, state, open, course } = at;
  const signing = turnAt(at, actor);
  if (!signing.ok) return signing.code;
  if (untickedOf(step, open).length > 0) return 'checklist-open';
  const chosen = step.kind === 'dispatch' ? chosenById(step, action.choice, state) : null;
  if (chosen === undefined) return 'choice-unknown';
  if (action.choice !== undefined && step.kind !== 'dispatch') return 'choice-unknown';
  record(course, { kind: 'signed', ...decision(at, signing.turn), slot: signing.slot.id, comment: action.comment });
  finishStep(at, chosen);
  return undefined;
}

export function refuseStep(at: AtStep, actor: PersonActor, reason: string): Done {
  const { step, course, context, ready } = at;
  if (step.kind === 'student-confirm') return reopen(at, actor, reason);
  if (!refusable(step)) return 'verb-not-here';
  const signing = turnAt(at, actor);
  if (!signing.ok) return signing.code;
  if (
    ready.definition.closes_only_after !== null &&
    course.state.steps[ready.definition.closes_only_after]?.status !== 'done'
  )
    return 'verb-not-here';
  record(course, { kind: 'refused', ...decision(at, signing.turn), reason });
  record(course, { kind: 'closed', atMs: context.nowMs, outcome: 'refused', by: signing.turn.by, reason });
  return undefined;
}

/** The applicant says it is not done: back to whoever did it. */
function reopen(at: AtStep, actor: PersonActor, reason: string): Done {
  const { step, course, ready, context } = at;
  if (step.kind !== 'student-confirm' || step.reopens === undefined) return 'verb-not-here';
  const signing = turnAt(at, actor);
  if (!signing.ok) return signing.code;
  const resets = stepsToReset(ready.definition.steps, step.id, step.reopens);
  record(course, { kind: 'reopened', ...decision(at, signing.turn), to: step.reopens, reason, resets });
  advance(ready.definition, course, context);
  return undefined;
}

export function returnCase(at: AtStep, actor: PersonActor, action: Extract<Action, { verb: 'return' }>): Done {
  const { step, state, course, ready, context } = at;
  if (step.kind === 'student-confirm') return 'verb-not-here';
  const signing = turnAt(at, actor);
  if (!signing.ok) return signing.code;
  const { definition } = ready;
  const base = { kind: 'returned', ...decision(at, signing.turn), reason: action.reason } as const;
  if (action.to === 'applicant') {
    // Whoever reported an incident has nothing to mend: what is known better goes into the log.
    if (definition.about === 'incident') return 'verb-not-here';
    // The duty goes on beside it.
    const resets = openSteps(state).flatMap(([id]) => (id === DUTY_STEP ? [] : [id]));
    record(course, { ...base, to: null, resets, dueAtMs: context.dueAfter(definition.returned_due_working_hours) });
    return undefined;
  }
  const before = stepsBefore(definition.steps, step.id).filter(({ id }) => state.steps[id]?.status === 'done');
  const target =
    action.to === 'previous' ? before[0]?.id : before.find(({ id }) => id === (action.to as { step: string }).step)?.id;
  if (target === undefined) return action.to === 'previous' ? 'no-step-before' : 'return-target-invalid';
  const resets = new Set(stepsToReset(definition.steps, step.id, target));
  // What is open in other branches waits until the earlier step is done again.
  if (resets.size > 0) for (const [id] of openSteps(state)) if (isBehind(definition, target, id)) resets.add(id);
  record(course, { ...base, to: target, resets: [...resets], dueAtMs: null });
  advance(definition, course, context);
  return undefined;
}

const isBehind = (definition: ServiceDefinition, target: string, id: string): boolean =>
  stepsBefore(definition.steps, id).some((step) => step.id === target);
