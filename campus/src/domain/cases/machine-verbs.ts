import { findStep, isWaiting } from '../definitions/walk-steps.js';
import type { Action, Actor } from './action.js';
import { advance, dueOf, ownerFor, record, usedRule } from './advance.js';
import { openSteps } from './case-state.js';
import { tellLateDuty } from './duty.js';
import type { Done, Live } from './live-case.js';

/** A source system says whether a check is passed, or whether there was a place. */
export function answerCheck(
  { ready, state, course, context }: Live,
  actor: Actor,
  action: Extract<Action, { verb: 'answer-check' }>,
): Done {
  const step = findStep(ready.definition.steps, action.step);
  if (state.steps[action.step]?.status !== 'open') return 'step-not-open';
  if (step?.kind !== 'check' && step?.kind !== 'quota') return 'verb-not-here';
  if (actor.kind !== 'source' || (step.kind === 'check' && actor.name !== step.source)) return 'not-your-turn';
  const rule = usedRule(state, step.when);
  const event = {
    kind: 'checked',
    atMs: context.nowMs,
    step: step.id,
    source: actor.name,
    answer: action.answer,
    rule,
  } as const;
  record(course, event);
  // A "no" of a source system is for the step's owner to judge.
  if (action.answer === 'not-passed') return undefined;
  record(course, { kind: 'step-done', atMs: context.nowMs, step: step.id, chosen: null });
  advance(ready.definition, course, context);
  return undefined;
}

/** Tells everything that is late, each breach once. */
export function tellBreaches(live: Live): Done {
  const { ready, state, course, context } = live;
  tellLateDuty(live);
  const atMs = context.nowMs;
  if (state.status === 'returned') {
    if (state.deadlineAtMs !== null && state.deadlineAtMs <= atMs)
      record(course, { kind: 'reminded', atMs, step: null });
    return undefined;
  }
  for (const [id, open] of openSteps(state)) {
    if (open.deadlineAtMs === null || open.deadlineAtMs > atMs) continue;
    const step = findStep(ready.definition.steps, id);
    if (step === undefined || !isWaiting(step)) continue;
    if (step.on_breach.do === 'remind') record(course, { kind: 'reminded', atMs, step: id });
    else
      record(course, {
        ...{ kind: 'escalated', atMs, step: id, to: ownerFor(step.on_breach.to, state) },
        dueAtMs: dueOf(step, context),
      } as const);
  }
  return undefined;
}
