import type { CaseState } from '../cases/case-state.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { StudentConfirmStep } from '../definitions/step.js';

/**
 * The step by which an applicant says that he is back: the last one, which asks him alone and hands nothing back to
 * anybody. A step that may reopen the work of others confirms their work, not his return.
 */
export function returnStepOf({ steps }: ServiceDefinition): StudentConfirmStep | undefined {
  const last = steps.at(-1);
  return last?.kind === 'student-confirm' && last.reopens === undefined ? last : undefined;
}

/** What was granted runs, and its applicant has not said that he is back. */
export function isAway(definition: ServiceDefinition, state: CaseState): boolean {
  const step = returnStepOf(definition);
  return step !== undefined && state.status === 'open' && state.steps[step.id]?.status === 'open';
}

/** First and last day of an absence: the first and the last date its form asks for. */
export function daysAway(definition: ServiceDefinition, form: Readonly<Record<string, unknown>>) {
  const days = Object.entries(definition.form.properties).flatMap(([name, field]) => {
    const value = form[name];
    return field.type === 'string' && field.format === 'date' && typeof value === 'string' ? [value] : [];
  });
  return { from: days[0] ?? null, to: days.at(-1) ?? null };
}
