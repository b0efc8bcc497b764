import { DUTY_STEP, namesDanger, watchedTexts } from '../definitions/danger.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { FormValues } from '../definitions/form-schema.js';
import type { HeldRole } from '../people/person.js';
import type { ActContext, Action, CaseRefusal, PersonActor } from './action.js';
import { advance, type Course, ownerFor, record } from './advance.js';
import { type CaseState, currentForm, openDuty, rolesOwning, subjectOf } from './case-state.js';
import type { Done, Live } from './live-case.js';
import { signingTurn } from './turn.js';

const MINUTE_MS = 60_000;

/** Whether the duty was ever called to a case. */
export const namedDanger = (state: CaseState): boolean => state.steps[DUTY_STEP] !== undefined;
/** Nothing ends a case before the duty has answered. */
export const dutyInTheWay = (state: CaseState): CaseRefusal | undefined =>
  openDuty(state) === undefined ? undefined : 'duty-open';

/**
 * Calls the duty where the form just handed in names danger: beside the steps, due by the clock. What the duty has
 * answered is not asked again for the same words; a text that changed is.
 */
export function callDuty(
  definition: ServiceDefinition,
  course: Course,
  former: FormValues | undefined,
  context: ActContext,
): void {
  const { danger } = definition;
  const { state } = course;
  if (danger === undefined || openDuty(state) !== undefined || !namesDanger(danger, currentForm(state))) return;
  const isAnswered =
    namedDanger(state) &&
    former !== undefined &&
    watchedTexts(danger, former).join('\n') === watchedTexts(danger, currentForm(state)).join('\n');
  if (isAnswered) return;
  record(course, {
    ...{ kind: 'danger-named', atMs: context.nowMs, step: DUTY_STEP, owner: ownerFor(danger.duty, state) },
    dueAtMs: context.nowMs + danger.due_minutes * MINUTE_MS,
  } as const);
}

/** The duty says what was done. Nothing else is possible: it is not handed on, returned or refused. */
export function answerDuty(live: Live, actor: PersonActor, action: Extract<Action, { step: string }>): Done {
  const { state, course, context, ready } = live;
  const open = openDuty(state);
  if (open === undefined) return 'step-not-open';
  const signing = signingTurn(actor, open, subjectOf(state));
  if (!signing.ok) return signing.code;
  if (action.verb !== 'agree') return 'verb-not-here';
  if (action.choice !== undefined) return 'choice-unknown';
  if (action.comment.trim().length < 2) return 'duty-note-missing';
  const { by, for: standsFor } = signing.turn;
  record(course, {
    ...{ kind: 'duty-done', atMs: context.nowMs, step: DUTY_STEP, by, for: standsFor, comment: action.comment },
  } as const);
  if (course.state.status === 'open') advance(ready.definition, course, context);
  return undefined;
}

/** The duty is late: told again, or one more office besides it; by the clock as before. */
export function tellLateDuty({ ready, state, course, context }: Live): void {
  const open = openDuty(state);
  const { danger } = ready.definition;
  if (danger === undefined || open === undefined) return;
  const { nowMs: atMs } = context;
  if (open.deadlineAtMs === null || open.deadlineAtMs > atMs) return;
  if (danger.on_breach.do === 'remind') record(course, { kind: 'reminded', atMs, step: DUTY_STEP });
  else
    record(course, {
      ...{ kind: 'escalated', atMs, step: DUTY_STEP, to: ownerFor(danger.on_breach.to, state) },
      dueAtMs: atMs + danger.due_minutes * MINUTE_MS,
    } as const);
}

/** The duty as it was called to this case, and whom it went to when it was late. */
export function dutyRoles(state: CaseState): HeldRole[] {
  const duty = state.steps[DUTY_STEP];
  if (duty?.status !== 'open' && duty?.status !== 'done') return [];
  const owners = rolesOwning(duty.slots);
  const late = duty.status === 'open' ? duty.escalatedTo : null;
  return late === null ? owners : [...owners, late];
}
