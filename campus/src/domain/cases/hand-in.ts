import { dayInShanghai } from '@lanyard/platform';
import { fillForm, tellsOfNothing } from '../definitions/check-form.js';
import { DUTY_STEP } from '../definitions/danger.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import { allSteps } from '../definitions/walk-steps.js';
import type { Applicant, PersonId } from '../people/person.js';
import { holds } from '../rules/evaluate.js';
import { ruleOn } from '../rules/rule-table.js';
import type { OnBehalf } from '../windows/consent.js';
import type { ActContext, Action, Actor, PersonActor } from './action.js';
import { advance, type Course, record } from './advance.js';
import { applyEvent } from './apply-event.js';
import type { CaseEvent } from './case-event.js';
import { currentForm } from './case-state.js';
import { callDuty } from './duty.js';
import type { Acted, Done, Live, ReadyDefinition } from './live-case.js';

/** The versions of all rules in force on the day a form is handed in. */
const rulesOn = (definition: ServiceDefinition, day: string): Record<string, number> =>
  Object.fromEntries(Object.entries(definition.rules).map(([id, versions]) => [id, ruleOn(versions, day).version]));

/** What an event says of a clerk who acts for a student at a window. */
export const onBehalfBy = ({ atWindow }: PersonActor): { onBehalf?: OnBehalf } =>
  atWindow === undefined
    ? {}
    : { onBehalf: { of: atWindow.of, window: atWindow.window, confirmed: atWindow.confirmed } };

/** Whether somebody acts as the applicant: he himself, or a clerk at a window with his agreement. */
export const actsAs = (actor: PersonActor, applicant: PersonId): boolean =>
  actor.person === applicant || actor.atWindow?.of === applicant;

/** Whether somebody holds a role by which staff begin cases of a service. */
export const startsByRole = ({ start }: ServiceDefinition, { roles }: PersonActor): boolean =>
  roles.some(({ role }) => start.staff_roles.includes(role));

/**
 * Whether somebody may begin a case of a service about an applicant: the student himself, at a window through its clerk,
 * or staff on his behalf. An incident is reported by staff, each for himself.
 */
export function mayStart(
  definition: ServiceDefinition,
  actor: PersonActor,
  applicant: Applicant,
  day: string,
): boolean {
  const { start } = definition;
  if (definition.about === 'incident')
    return startsByRole(definition, actor) && applicant.person === actor.person && actor.person.startsWith('staff:');
  const isOwn = actsAs(actor, applicant.person);
  const mayBegin =
    applicant.person.startsWith('student:') && (isOwn ? start.students : startsByRole(definition, actor));
  if (!mayBegin || start.when === undefined) return mayBegin;
  const versions = definition.rules[start.when];
  return versions !== undefined && holds(ruleOn(versions, day).when, { form: {}, applicant: applicant.facts });
}

export function submit(
  { definition, checkForm }: ReadyDefinition,
  actor: Actor,
  { applicant, form }: Extract<Action, { verb: 'submit' }>,
  context: ActContext,
): Acted {
  const day = dayInShanghai(context.nowMs);
  if (actor.kind !== 'person') return { ok: false, code: 'start-not-allowed' };
  if (day < definition.effective_from || (definition.effective_until !== null && day > definition.effective_until))
    return { ok: false, code: 'service-not-in-force' };
  if (!mayStart(definition, actor, applicant, day)) return { ok: false, code: 'start-not-allowed' };
  if (tellsOfNothing(definition.form, applicant)) return { ok: false, code: 'nothing-attended' };
  const filled = fillForm(definition.form, checkForm, { former: {}, given: form, applicant });
  if (!filled.ok) return { ok: false, code: 'form-invalid', errors: filled.errors };
  const event: CaseEvent = {
    kind: 'submitted',
    atMs: context.nowMs,
    definition: { id: definition.id, version: definition.version },
    ...{ by: actor.person, ...onBehalfBy(actor), applicant, form: filled.values, rules: rulesOn(definition, day) },
    steps: allSteps(definition.steps).map(({ id }) => id),
  };
  const course: Course = { state: applyEvent(undefined, event), events: [event] };
  callDuty(definition, course, undefined, context);
  advance(definition, course, context);
  return { ok: true, state: course.state, events: course.events };
}

/** A form that changed is decided from the beginning; one that did not goes back to who returned it. */
export function resubmit(live: Live, actor: PersonActor, { form }: Extract<Action, { verb: 'resubmit' }>): Done {
  const { state, course, context } = live;
  const { definition, checkForm } = live.ready;
  // Who handed it in for the student may mend it for him; at a window each time needs the student's word.
  const began = actor.person === state.startedBy && state.forms[0].onBehalf === undefined;
  if (!actsAs(actor, state.applicant.person) && !began) return 'not-your-turn';
  if (state.status !== 'returned') return 'case-not-returned';
  const former = currentForm(state);
  const filled = fillForm(definition.form, checkForm, { former, given: form, applicant: state.applicant });
  if (!filled.ok) return { ok: false, code: 'form-invalid', errors: filled.errors };
  const isChanged = JSON.stringify(sorted(former)) !== JSON.stringify(sorted(filled.values));
  record(course, {
    ...{ kind: 'resubmitted', atMs: context.nowMs, by: actor.person, ...onBehalfBy(actor), form: filled.values },
    rules: isChanged ? rulesOn(definition, dayInShanghai(context.nowMs)) : state.rules,
    resets: isChanged ? Object.keys(state.steps).filter((id) => id !== DUTY_STEP) : [],
  } as const);
  callDuty(definition, course, former, context);
  advance(definition, course, context);
  return undefined;
}

const sorted = (values: object): [string, unknown][] =>
  Object.entries(values)
    .map(([name, value]): [string, unknown] => [
      name,
      typeof value === 'object' && value !== null && !Array.isArray(value) ? sorted(value) : value,
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1));
