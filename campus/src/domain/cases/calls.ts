import { DUTY_STEP } from '../definitions/danger.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import { findStep } from '../definitions/walk-steps.js';
import type { HeldRole } from '../people/person.js';
import type { CaseEvent } from './case-event.js';
import { type CaseState, rolesOwning } from './case-state.js';

/** A role that has to hear of it now, at any hour. */
export interface Call {
  readonly kind: 'danger' | 'incident';
  readonly step: string;
  readonly role: HeldRole;
}

/** Whom events call: the duty of danger to life, and the offices of an incident as their steps open or run late. */
export function callsIn(definition: ServiceDefinition, events: readonly CaseEvent[], state: CaseState): Call[] {
  return events.flatMap((event): Call[] => {
    if (!('step' in event) || event.step === null) return [];
    const { step } = event;
    const kind = step === DUTY_STEP ? 'danger' : isResponse(definition, step) ? 'incident' : undefined;
    return kind === undefined ? [] : calledBy(event, state).map((role) => ({ kind, step, role }));
  });
}

const isResponse = ({ steps }: ServiceDefinition, id: string): boolean => findStep(steps, id)?.kind === 'respond';

function calledBy(event: CaseEvent, state: CaseState): readonly HeldRole[] {
  switch (event.kind) {
    case 'danger-named':
      return [event.owner];
    case 'step-opened':
      return rolesOwning(event.slots);
    case 'escalated':
      return [event.to];
    case 'reminded':
      return rolesAt(state, event.step);
    default:
      return [];
  }
}

function rolesAt({ steps }: CaseState, id: string | null): HeldRole[] {
  const step = id === null ? undefined : steps[id];
  return step?.status === 'open' ? rolesOwning(step.slots) : [];
}
