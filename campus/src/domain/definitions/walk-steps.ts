import type { EffectStep, EmitStep, OwnerRule, Step, WaitingStep } from './step.js';

/** Every step, a parallel one before its branches. */
export function allSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => (step.kind === 'parallel' ? [step, ...step.branches.flatMap(allSteps)] : [step]));
}

/** Steps that bring something about at the issuer; what they need beside it is asked for at import. */
export const isEffect = (step: Step): step is EffectStep => step.kind === 'emit' && step.effect !== undefined;

/** Steps that open and wait for somebody. */
export const isWaiting = (step: Step): step is WaitingStep =>
  step.kind !== 'parallel' && (step.kind !== 'emit' || isEffect(step));

export const findStep = (steps: readonly Step[], id: string): Step | undefined =>
  allSteps(steps).find((step) => step.id === id);

/** Everybody a step may come to: owners, choices, and whom a breach is escalated to. */
export function ownersIn(step: Step): OwnerRule[] {
  if (step.kind === 'parallel') return [];
  if (step.kind === 'emit') {
    // Looked at before it is known that an effect has all it needs.
    const { owners = [], on_breach: onBreach } = step as EmitStep;
    return [...owners, ...(onBreach?.do === 'escalate' ? [onBreach.to] : [])];
  }
  return [
    ...(step.kind === 'student-confirm' ? [] : step.owners),
    ...(step.kind === 'dispatch' ? step.choices.map(({ owner }) => owner) : []),
    ...(step.on_breach.do === 'escalate' ? [step.on_breach.to] : []),
  ];
}

/** The sequences from the outermost to the one that holds a step, each with the step's place in it. */
export function lineOf(steps: readonly Step[], id: string): { steps: readonly Step[]; at: number }[] | undefined {
  for (const [at, step] of steps.entries()) {
    if (step.id === id) return [{ steps, at }];
    if (step.kind !== 'parallel') continue;
    for (const branch of step.branches) {
      const inner = lineOf(branch, id);
      if (inner !== undefined) return [{ steps, at }, ...inner];
    }
  }
  return undefined;
}

/** Steps that come before one on its own way, the nearest first; steps of other branches are not before it. */
export function stepsBefore(steps: readonly Step[], id: string): WaitingStep[] {
  const line = lineOf(steps, id) ?? [];
  return line.reverse().flatMap(({ steps: sequence, at }) =>
    sequence
      .slice(0, at)
      .reverse()
      // A finished parallel is not entered again by a return: only what stands in line before or behind it is.
      .filter(isWaiting),
  );
}

/**
 * What a return from one step to an earlier one decides anew: the earlier step, all that follows it in its sequence up to
 * the way of the returning step, and on that way all before it. What other branches finished stays.
 */
export function stepsToReset(steps: readonly Step[], from: string, to: string): string[] {
  const line = lineOf(steps, from) ?? [];
  const outer = line.findIndex(({ steps: sequence, at }) => sequence.slice(0, at + 1).some((step) => step.id === to));
  const ids: string[] = [];
  for (const [depth, { steps: sequence, at }] of line.entries()) {
    if (depth < outer) continue;
    const start = depth === outer ? sequence.findIndex((step) => step.id === to) : 0;
    for (const [place, step] of sequence.entries()) {
      if (place < start || place > at) continue;
      const isOnTheWay = place === at && depth < line.length - 1;
      ids.push(...(isOnTheWay ? [step.id] : allSteps([step]).map(({ id }) => id)));
    }
  }
  return ids;
}
