import { applyEvent } from '../cases/apply-event.js';
import type { CaseEvent } from '../cases/case-event.js';
import type { CaseState, OpenStep } from '../cases/case-state.js';
import { DUTY_STEP } from '../definitions/danger.js';

export type RunEnd = 'done' | 'refused' | 'returned' | 'reset' | 'closed';
/** One time a step was open. */
export interface StepRun {
  /** Of the event that ended it, counted from 1. */
  readonly sequence: number;
  readonly step: string;
  /** Of the first slot; null where the step asks the applicant. */
  readonly ownerRole: string | null;
  readonly openedAtMs: number;
  readonly endedAtMs: number;
  readonly how: RunEnd;
  /** A breach was told. */
  readonly isLate: boolean;
}

/**
 * The runs that these events ended, by the fold itself: of a whole log, or of what one action added to a state.
 *
 * @param before undefined for a log from its beginning
 */
export function stepRunsOf(before: CaseState | undefined, events: readonly CaseEvent[]): StepRun[] {
  const runs: StepRun[] = [];
  let state = before;
  for (const event of events) {
    const next = applyEvent(state, event);
    for (const [step, open] of openOf(state))
      if (next.status === 'closed' || next.steps[step]?.status !== 'open')
        runs.push({
          ...{ sequence: next.version, step, ownerRole: ownerRoleOf(open), openedAtMs: open.openedAtMs },
          ...{ endedAtMs: event.atMs, how: endOf(event, step), isLate: open.deadlineAtMs === null },
        });
    // A refusal closes the case with its next event; it is the refusing step that was refused.
    state = next;
  }
  return markRefused(runs, events);
}

/** Without the duty's: how often and how long it is called is nobody's figure. */
const openOf = (state: CaseState | undefined): [string, OpenStep][] =>
  state === undefined || state.status === 'closed'
    ? []
    : Object.entries(state.steps).flatMap(([id, step]): [string, OpenStep][] =>
        step.status === 'open' && id !== DUTY_STEP ? [[id, step]] : [],
      );

function endOf(event: CaseEvent, step: string): RunEnd {
  if (event.kind === 'step-done') return 'done';
  if (event.kind === 'closed') return 'closed';
  return (event.kind === 'returned' || event.kind === 'reopened') && event.step === step ? 'returned' : 'reset';
}

function markRefused(runs: readonly StepRun[], events: readonly CaseEvent[]): StepRun[] {
  const refused = new Set(events.flatMap((event) => (event.kind === 'refused' ? [event.step] : [])));
  return runs.map((run) => (run.how === 'closed' && refused.has(run.step) ? { ...run, how: 'refused' } : run));
}

function ownerRoleOf({ slots }: OpenStep): string | null {
  const owner = slots.find(({ isCosigner }) => !isCosigner)?.owner;
  return owner?.kind === 'role' ? owner.role : null;
}

/** Time somebody of the staff had it, overlaps of branches once, in order. */
export function officeSpans(runs: readonly StepRun[]): { fromMs: number; toMs: number }[] {
  const spans: { fromMs: number; toMs: number }[] = [];
  const own = runs.filter(({ ownerRole }) => ownerRole !== null);
  for (const { openedAtMs, endedAtMs } of [...own].sort((a, b) => a.openedAtMs - b.openedAtMs)) {
    const last = spans.at(-1);
    if (last !== undefined && openedAtMs <= last.toMs) last.toMs = Math.max(last.toMs, endedAtMs);
    else spans.push({ fromMs: openedAtMs, toMs: endedAtMs });
  }
  return spans;
}
