import type { HeldRole } from '../people/person.js';
import { advance, record, usedRule } from './advance.js';
import type { AtStep } from './live-case.js';
import type { Turn } from './turn.js';

/** What every decision says: step, who, and by which version of which rule the step is there. */
export const decision = ({ step, state, context }: AtStep, turn: Turn) => ({
  atMs: context.nowMs,
  ...{ step: step.id, by: turn.by, for: turn.for, rule: usedRule(state, step.when) },
});

/** Ends the step where it has the signatures it needs, and goes on. */
export function finishStep(
  { step, course, ready, context }: AtStep,
  chosen: { readonly id: string; readonly owner: HeldRole } | null,
): void {
  const now = course.state.steps[step.id];
  if (now?.status !== 'open') return;
  const signed = now.slots.filter(({ signature }) => signature !== null).length;
  if (now.signing === 'all' ? signed < now.slots.length : signed === 0) return;
  record(course, { kind: 'step-done', atMs: context.nowMs, step: step.id, chosen });
  advance(ready.definition, course, context);
}
