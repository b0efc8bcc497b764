import { type CaseState, currentForm, openSteps } from '../cases/case-state.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { CheckStep } from '../definitions/step.js';
import { findStep } from '../definitions/walk-steps.js';

/** A check that waits for a source system now. */
export interface OpenCheck {
  readonly step: string;
  readonly source: string;
  readonly asks: CheckStep['asks'] | null;
  readonly openedAtMs: number;
  readonly dueAtMs: number;
}

/** None of a case whose applicant stays unknown: a source system is told a number. */
export function openChecks(definition: ServiceDefinition, state: CaseState): OpenCheck[] {
  const { anonymity } = definition;
  if (anonymity !== null && currentForm(state)[anonymity.field] === true) return [];
  return openSteps(state).flatMap(([id, { openedAtMs, dueAtMs }]) => {
    const step = findStep(definition.steps, id);
    return step?.kind === 'check'
      ? [{ step: id, source: step.source, asks: step.asks ?? null, openedAtMs, dueAtMs }]
      : [];
  });
}

/** What the register says to what it is asked; days are compared as the texts they are. */
export function answerOfRegister(
  asks: NonNullable<CheckStep['asks']>,
  facts: { readonly enrolmentStatus: string; readonly registeredUntil: string | null },
  today: string,
): 'passed' | 'not-passed' {
  const isHere = facts.enrolmentStatus === 'enrolled' || facts.enrolmentStatus === 'exchange';
  const isRegistered = facts.registeredUntil !== null && facts.registeredUntil >= today;
  return (asks === 'enrolled' ? isHere : isHere && isRegistered) ? 'passed' : 'not-passed';
}
