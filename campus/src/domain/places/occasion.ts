import { type CaseState, currentForm } from '../cases/case-state.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { Step, WaitingStep } from '../definitions/step.js';
import { allSteps } from '../definitions/walk-steps.js';

export type QuotaStep = Extract<WaitingStep, { kind: 'quota' }>;
export const isQuota = (step: Step): step is QuotaStep => step.kind === 'quota';

const MAX_KEY = 200;

/**
 * What a number of places is for: the step's key and what the form says of the step's fields, such as
 * `venue/studio/2026-12-05/morning`. Undefined where the form leaves one of them out.
 */
export function occasionKey(step: QuotaStep, values: Readonly<Record<string, unknown>>): string | undefined {
  const parts = step.key_fields.map((name) => values[name]);
  if (parts.some((part) => typeof part !== 'string' && typeof part !== 'number')) return undefined;
  const key = [step.key, ...parts.map((part) => String(part).replaceAll('/', '∕'))].join('/');
  return key.length <= MAX_KEY ? key : undefined;
}

/** A place that a case has to have, or wait for. */
export interface WantedPlace {
  readonly step: QuotaStep;
  readonly key: string | undefined;
  /** The step waits for the answer of the count. */
  readonly isOpen: boolean;
}

/** Places are held from the opening of a step on, and kept by what was granted; everything else lets go of them. */
export function wantedPlaces(definition: ServiceDefinition, state: CaseState): WantedPlace[] {
  if (state.status === 'closed' && state.outcome !== 'granted') return [];
  return allSteps(definition.steps)
    .filter(isQuota)
    .flatMap((step) => {
      const status = state.steps[step.id]?.status;
      if (status !== 'open' && status !== 'done') return [];
      return [{ step, key: occasionKey(step, currentForm(state)), isOpen: status === 'open' }];
    });
}
