import { ruleHolds } from '../cases/advance.js';
import type { CaseState, Slot, StepState } from '../cases/case-state.js';
import { DUTY_STEP, DUTY_TITLE } from '../definitions/danger.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { Step } from '../definitions/step.js';
import { isWaiting } from '../definitions/walk-steps.js';
import type { HeldRole } from '../people/person.js';

/** A step as people see it: done, at whom now, or what comes next. */
export interface TimelineLine {
  readonly step: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly state: 'done' | 'now' | 'next' | 'skipped';
  /** Roles, and the applicant where the step asks him; people are named to those who take part only. */
  readonly owners: readonly (HeldRole | 'applicant' | 'named-person')[];
  readonly sinceMs: number | null;
  readonly dueAtMs: number | null;
  readonly branch: string | null;
}

/** Done, now, next: every step a case has, in the order of the definition; the duty first where it was called. */
export function timelineOf(definition: ServiceDefinition, state: CaseState): TimelineLine[] {
  const steps = definition.steps.flatMap((step) => linesOf(step, null, definition, state));
  const duty = state.steps[DUTY_STEP];
  const base = { step: DUTY_STEP, title: DUTY_TITLE, branch: null };
  return duty?.status === 'done' || duty?.status === 'open' ? [begunLine(base, duty, state), ...steps] : steps;
}

function linesOf(step: Step, branch: string | null, definition: ServiceDefinition, state: CaseState): TimelineLine[] {
  if (step.kind === 'parallel')
    return step.branches.flatMap((steps, at) =>
      steps.flatMap((inner) => linesOf(inner, `${step.id}/${at + 1}`, definition, state)),
    );
  const now = state.steps[step.id];
  const base = { step: step.id, title: step.title, branch };
  if (now?.status === 'skipped') return [{ ...base, state: 'skipped', owners: [], sinceMs: null, dueAtMs: null }];
  if (now?.status === 'done' || now?.status === 'open') return [begunLine(base, now, state)];
  // What nobody will come to any more is not next.
  if (state.status === 'closed' || (step.when !== undefined && !ruleHolds(definition, state, step.when))) return [];
  return [{ ...base, state: 'next', owners: plannedOwners(step), sinceMs: null, dueAtMs: null }];
}

function begunLine(
  base: Pick<TimelineLine, 'step' | 'title' | 'branch'>,
  step: Extract<StepState, { status: 'open' | 'done' }>,
  { status }: CaseState,
): TimelineLine {
  if (step.status === 'done')
    return { ...base, state: 'done', owners: ownersOf(step.slots), sinceMs: step.atMs, dueAtMs: null };
  const owners = [...ownersOf(step.slots), ...(step.escalatedTo === null ? [] : [step.escalatedTo])];
  const isLive = status === 'open' || (status === 'returned' && base.step === DUTY_STEP);
  return { ...base, state: isLive ? 'now' : 'next', owners, sinceMs: step.openedAtMs, dueAtMs: step.dueAtMs };
}

const ownersOf = (slots: readonly Slot[]): TimelineLine['owners'] =>
  slots.map(({ owner, heldBy, isCosigner }) => {
    if (owner.kind === 'role') return heldBy === null ? { role: owner.role, scope: owner.scope } : 'named-person';
    return isCosigner ? 'named-person' : 'applicant';
  });

function plannedOwners(step: Step): TimelineLine['owners'] {
  if (step.kind === 'student-confirm') return ['applicant'];
  if (!isWaiting(step)) return [];
  return step.owners.map(({ role }) => ({ role, scope: { kind: 'university', value: '' } }) as const);
}
