import type { CaseAnswer, HistoryLine, ServiceDetail, StepPlan } from '../answers.js';

/** The step of the duty, in a case whose text names danger to life. */
export const DUTY_STEP = 'danger-duty';

const flat = (steps: readonly StepPlan[]): StepPlan[] =>
  steps.flatMap((step) => (step.branches === undefined ? [step] : step.branches.flatMap(flat)));

/** The step as the service now describes it: what happens if it is late, and to whom a "no" goes. */
export const planOf = (service: ServiceDetail | undefined, step: string): StepPlan | undefined =>
  service === undefined ? undefined : flat(service.steps).find(({ id }) => id === step);

/** What a student reads of the history: what somebody did or the calendar told, not how the engine counts. */
const TOLD = new Set([
  'submitted',
  'resubmitted',
  'signed',
  'refused',
  'returned',
  'reopened',
  'slot-transferred',
  'checked',
  'emitted',
  'urged',
  'reminded',
  'escalated',
  'danger-named',
  'duty-done',
  'closed',
]);
/** The newest first. */
export const toldHistory = (history: readonly HistoryLine[]): readonly HistoryLine[] =>
  history.filter(({ kind }) => TOLD.has(kind)).reverse();

/** What was last said at a step by whoever signed it. */
export function commentAt(history: readonly HistoryLine[], step: string): string {
  const said = history.filter((line) => line.step === step && line.kind === 'signed' && line.text !== '');
  return said.at(-1)?.text ?? '';
}

const URGE_EVERY_MS = 24 * 3_600_000;
/** When a case may be urged again; null where it may be now, or is not anybody's to answer. */
export function urgeAgainAt(found: CaseAnswer, history: readonly HistoryLine[]): string | null {
  if (found.status !== 'open' || found.you_may.includes('urge')) return null;
  const last = history.filter(({ kind }) => kind === 'urged').at(-1);
  return last === undefined ? null : new Date(Date.parse(last.at) + URGE_EVERY_MS).toISOString();
}
/** Why it was sent back, for whoever mends it. */
export const returnReason = (history: readonly HistoryLine[]): string =>
  history.filter(({ kind }) => kind === 'returned').at(-1)?.text ?? '';
