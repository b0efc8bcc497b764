import type { ServiceDefinition } from '../definitions/definition.js';
import type { OwnerRule, Step, WaitingStep } from '../definitions/step.js';
import { isWaiting } from '../definitions/walk-steps.js';
import type { Fact, HeldRole } from '../people/person.js';
import { WHOLE_UNIVERSITY } from '../people/person.js';
import { holds, type RuleFacts } from '../rules/evaluate.js';
import type { ActContext } from './action.js';
import { applyEvent } from './apply-event.js';
import type { CaseEvent, UsedRule } from './case-event.js';
import { type CaseState, currentForm, type LiveCase, type Owner, openDuty } from './case-state.js';

const MINUTE_MS = 60_000;

/** Collects events and keeps the state they lead to. */
export interface Course {
  state: CaseState;
  readonly events: CaseEvent[];
}
export function record(course: Course, event: CaseEvent): void {
  course.state = applyEvent(course.state, event);
  course.events.push(event);
}

/** Opens what is next, passes what passes by itself, and closes a case that has come to its end. */
export function advance(definition: ServiceDefinition, course: Course, context: ActContext): void {
  const isAtEnd = advanceLine(definition.steps, definition, course, context);
  if (isAtEnd && openDuty(course.state) === undefined && course.state.status === 'open')
    record(course, { kind: 'closed', atMs: context.nowMs, outcome: 'granted', by: null, reason: '' });
}

/** @returns whether the sequence is at its end */
function advanceLine(
  steps: readonly Step[],
  definition: ServiceDefinition,
  course: Course,
  context: ActContext,
): boolean {
  for (const step of steps) {
    const { status } = course.state.steps[step.id] ?? { status: 'waiting' };
    if (status === 'done' || status === 'skipped') continue;
    if (status === 'open') return false;
    const atMs = context.nowMs;
    const rule = usedRule(course.state, step.when);
    if (step.when !== undefined && !ruleHolds(definition, course.state, step.when)) {
      record(course, { kind: 'step-skipped', atMs, step: step.id, rule });
      continue;
    }
    if (step.kind === 'parallel') {
      // All branches are looked at: each may open something.
      const ends = step.branches.map((branch) => advanceLine(branch, definition, course, context));
      if (ends.includes(false)) return false;
      record(course, { kind: 'step-done', atMs, step: step.id, chosen: null });
    } else if (!isWaiting(step)) {
      record(course, { kind: 'emitted', atMs, step: step.id, document: step.document });
      record(course, { kind: 'step-done', atMs, step: step.id, chosen: null });
    } else {
      record(course, openingOf(step, course.state, rule, context));
      if (step.kind === 'emit')
        record(course, { kind: 'effect-asked', atMs, step: step.id, by: null, for: null, comment: '' });
      const chosen = step.kind === 'dispatch' ? chosenByRule(step, definition, course.state) : undefined;
      if (chosen === undefined) return false;
      record(course, { kind: 'step-done', atMs, step: step.id, chosen });
    }
  }
  return true;
}

function openingOf(step: WaitingStep, state: CaseState, rule: UsedRule, context: ActContext): CaseEvent {
  return {
    ...{ kind: 'step-opened', atMs: context.nowMs, step: step.id, rule },
    signing: step.kind === 'student-confirm' || step.kind === 'emit' ? 'any' : step.signing,
    slots: ownersOf(step, state).map((owner, id) => ({ id, owner })),
    dueAtMs: dueOf(step, context),
  } as const;
}

/** When a step is due that opens or is escalated now: an incident does not wait for the morning. */
export const dueOf = (step: WaitingStep, context: ActContext): number =>
  step.kind === 'respond' ? context.nowMs + step.due_minutes * MINUTE_MS : context.dueAfter(step.due_working_hours);

function ownersOf(step: WaitingStep, state: CaseState): Owner[] {
  if (step.kind === 'student-confirm') return [{ kind: 'person', person: state.applicant.person }];
  const chosen = step.kind === 'work' && step.chosen_by !== undefined ? state.steps[step.chosen_by] : undefined;
  if (chosen?.status === 'done' && chosen.chosen !== null) return [{ kind: 'role', ...chosen.chosen.owner }];
  return step.owners.map((owner) => ({ kind: 'role', ...ownerFor(owner, state) }) as const);
}

/** The role with its part of the university for this case; without a value the whole university, so that it is somebody's. */
export function ownerFor({ role, scope }: OwnerRule, state: CaseState): HeldRole {
  if (scope.of === 'university') return { role, scope: WHOLE_UNIVERSITY };
  const value =
    scope.of === 'field'
      ? currentForm(state)[scope.field]
      : state.applicant.facts[scope.unit === 'assigned' ? 'counsellor' : (scope.unit as Fact)];
  if (typeof value !== 'string' || value === '') return { role, scope: WHOLE_UNIVERSITY };
  return { role, scope: { kind: scope.unit, value } };
}

const factsOf = (state: CaseState): RuleFacts => ({ form: currentForm(state), applicant: state.applicant.facts });

export const usedRule = (state: CaseState, when: string | undefined): UsedRule =>
  when === undefined ? null : { id: when, version: state.rules[when] ?? 0 };

/** By the version that was in force when the form was handed in. */
export function ruleHolds(definition: ServiceDefinition, state: CaseState, id: string): boolean {
  const version = state.rules[id];
  const rule = definition.rules[id]?.find((one) => one.version === version);
  return rule !== undefined && holds(rule.when, factsOf(state));
}

type DispatchStep = Extract<WaitingStep, { kind: 'dispatch' }>;

function chosenByRule(step: DispatchStep, definition: ServiceDefinition, state: CaseState) {
  const fitting = step.choices.filter(({ when }) => when !== undefined && ruleHolds(definition, state, when));
  const [only] = fitting;
  return only === undefined || fitting.length > 1 ? undefined : { id: only.id, owner: ownerFor(only.owner, state) };
}

export function chosenById(step: DispatchStep, id: string | undefined, state: LiveCase) {
  const choice = step.choices.find((one) => one.id === id);
  return choice && { id: choice.id, owner: ownerFor(choice.owner, state) };
}
