import type { FormError } from '../definitions/check-form.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { WaitingStep } from '../definitions/step.js';
import type { ActContext, CaseRefusal } from './action.js';
import type { Course } from './advance.js';
import type { CaseEvent } from './case-event.js';
import type { CaseState, LiveCase, OpenStep } from './case-state.js';

/** A definition with its form compiled. */
export interface ReadyDefinition {
  readonly definition: ServiceDefinition;
  readonly checkForm: (values: unknown) => readonly FormError[];
}

export type Acted = { readonly ok: true; readonly state: CaseState; readonly events: readonly CaseEvent[] } | Refused;
export interface Refused {
  readonly ok: false;
  readonly code: CaseRefusal;
  /** Of a form. */
  readonly errors?: readonly FormError[];
}

/** A case in the middle of an action. */
export interface Live {
  readonly ready: ReadyDefinition;
  readonly state: LiveCase;
  readonly course: Course;
  readonly context: ActContext;
}
export interface AtStep extends Live {
  readonly step: WaitingStep;
  readonly open: OpenStep;
}
/** Undefined where it was done. */
export type Done = CaseRefusal | Refused | undefined;
