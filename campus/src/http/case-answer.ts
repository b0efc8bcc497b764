import { attachmentsIn } from '../domain/attachments/attachment.js';
import { act } from '../domain/cases/act.js';
import type { Action, PersonActor } from '../domain/cases/action.js';
import type { CaseEvent } from '../domain/cases/case-event.js';
import { type CaseState, openSteps, subjectOf } from '../domain/cases/case-state.js';
import { dutyRoles, namedDanger } from '../domain/cases/duty.js';
import { isTicked } from '../domain/cases/note-down.js';
import { tasksOf } from '../domain/cases/tasks-of.js';
import type { FormField } from '../domain/definitions/form-schema.js';
import type { Step } from '../domain/definitions/step.js';
import { allSteps, findStep } from '../domain/definitions/walk-steps.js';
import { type HeldRole, reaches } from '../domain/people/person.js';
import { shownFields } from '../domain/views/shown-fields.js';
import { timelineOf } from '../domain/views/timeline.js';
import { hidesApplicant, rolesOf, visibleForm } from '../domain/views/who-sees.js';
import type { AttachmentLine } from '../storage/attachment-store.js';
import type { LoadedCase } from '../storage/loaded-case.js';

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** A case in a list. */
export function caseLine({ id, ready, state }: LoadedCase) {
  const { definition } = ready;
  const tasks = tasksOf(state);
  const due = tasks.length === 0 ? null : Math.min(...tasks.map(({ dueAtMs }) => dueAtMs));
  return {
    id,
    service: { id: definition.id, version: definition.version, title: definition.title, module: definition.module },
    ...{ status: state.status, outcome: state.status === 'closed' ? state.outcome : null, version: state.version },
    ...{
      started_at: timeOf(state.startedAtMs),
      closed_at: state.status === 'closed' ? timeOf(state.closedAtMs) : null,
    },
    due_at: timeOf(due),
  };
}

/** Whose it is; null for who may not know, and where it is about nobody. */
export function shownApplicant({ ready, state }: LoadedCase, viewer: PersonActor) {
  if (subjectOf(state) === null || hidesApplicant(ready.definition, state, viewer)) return null;
  const { name, student_number, college, class: className } = state.applicant.facts;
  return { name, student_number, college, class: className };
}

/** A case as one reader may see it: form, timeline, what he may do. */
export function caseAnswer(loaded: LoadedCase, viewer: PersonActor, nowMs: number) {
  const { ready, state } = loaded;
  const { definition } = ready;
  return {
    ...caseLine(loaded),
    applicant: shownApplicant(loaded, viewer),
    form: visibleForm(definition, state, viewer),
    fields: shownFields(definition, state, viewer),
    at_window: windowOf(state),
    rules: state.rules,
    about: definition.about,
    may_match: definition.match !== undefined && state.status === 'open',
    danger: namedDanger(state) && state.status !== 'closed' ? { phones: definition.danger?.phones ?? [] } : null,
    returned: state.status === 'returned' ? { from: state.returnedFrom, due_at: timeOf(state.dueAtMs) } : null,
    timeline: timelineOf(definition, state).map(({ owners, sinceMs, dueAtMs, ...line }) => ({
      ...line,
      owners: owners.map(ownerAnswer),
      ...{ since: timeOf(sinceMs), due_at: timeOf(dueAtMs) },
    })),
    checklists: checklistsOf(loaded),
    items: itemsOf(definition.steps),
    ...possibilities(loaded, viewer, nowMs),
  };
}

/** Where it was handed in by a clerk for the applicant, and how the applicant agreed. */
function windowOf({ forms }: CaseState) {
  const { onBehalf } = forms[0];
  return onBehalf === undefined ? null : { window: onBehalf.window, confirmed: onBehalf.confirmed };
}

const GLANCE_FIELDS = 4;
const GLANCE_LENGTH = 60;
const cut = (text: string): string => (text.length > GLANCE_LENGTH ? `${text.slice(0, GLANCE_LENGTH)}…` : text);

/** Who and what, as far as this reader may see it, so that a list can be decided from: never what is sensitive. */
export function glanceAt(loaded: LoadedCase, viewer: PersonActor) {
  const { definition } = loaded.ready;
  const { state } = loaded;
  const isAsked = (field: FormField) => field['x-prefill'] === undefined && !field['x-sensitive'];
  const fields = shownFields(definition, state, viewer, isAsked).slice(0, GLANCE_FIELDS);
  return {
    about: definition.about,
    applicant: shownApplicant(loaded, viewer),
    fields: fields.map(({ title, value }) => ({ title, value: { zh: cut(value.zh), en: cut(value.en) } })),
    case_version: state.version,
  };
}

/** Files named by the fields somebody sees. */
export const formAttachments = ({ ready: { definition }, state }: LoadedCase, viewer: PersonActor): string[] =>
  attachmentsIn(definition.form, visibleForm(definition, state, viewer)).map(({ id }) => id);

/** Those and the files of the log: whoever sees an incident reads all of it. */
export const seenAttachments = (loaded: LoadedCase, viewer: PersonActor): string[] => [
  ...formAttachments(loaded, viewer),
  ...(loaded.state.files ?? []),
];

export const filesIn = (event: CaseEvent): readonly string[] => (event.kind === 'noted' ? (event.files ?? []) : []);

const ownerAnswer = (owner: HeldRole | 'applicant' | 'named-person') =>
  typeof owner === 'string'
    ? { kind: owner }
    : { kind: 'role', role: owner.role, scope_kind: owner.scope.kind, scope_value: owner.scope.value };

/** Where words are needed he will write some. */
const SOME_WORDS = '……';

/** What the reader could do now, by asking the domain itself. */
function possibilities({ ready, state }: LoadedCase, viewer: PersonActor, nowMs: number) {
  const tried = (action: Action) => act(ready, state, viewer, action, { nowMs, dueAfter: () => nowMs });
  const can = (action: Action) => tried(action).ok;
  const choices: Record<string, { id: string; title: object }[]> = {};
  const turns = openSteps(state).flatMap(([step]) => {
    const found = findStep(ready.definition.steps, step);
    const offered = found?.kind === 'dispatch' ? found.choices.map(({ id, title }) => ({ id, title })) : [];
    const said = tried({ verb: 'agree', step, comment: SOME_WORDS, choice: offered[0]?.id });
    // What is left of a list is ticked on the page where it is agreed to.
    if (!said.ok && said.code !== 'checklist-open') return [];
    if (offered.length > 0) choices[step] = offered;
    return [step];
  });
  const whole: Action[] = [
    { verb: 'withdraw', reason: '' },
    { verb: 'urge' },
    { verb: 'void', reason: '' },
    { verb: 'resubmit', form: {} },
  ];
  const notes = openSteps(state).flatMap(([step]) => (can({ verb: 'note', step, text: SOME_WORDS }) ? [step] : []));
  return { your_steps: turns, choices, your_notes: notes, you_may: whole.filter(can).map(({ verb }) => verb) };
}

/** At which window a clerk did it for the applicant, and how the applicant agreed. */
const onBehalfIn = (event: CaseEvent) =>
  'onBehalf' in event && event.onBehalf !== undefined
    ? { window: event.onBehalf.window, confirmed: event.onBehalf.confirmed }
    : null;

const textOf = (event: CaseEvent): string =>
  'reason' in event ? event.reason : 'comment' in event ? event.comment : '';

/** Every item of every list by its id, to name what the log says was ticked. */
const itemsOf = (steps: readonly Step[]) =>
  Object.fromEntries(
    allSteps(steps).flatMap((step) =>
      step.kind === 'respond' ? step.checklist.map((one) => [one.id, one.title]) : [],
    ),
  );

/** The lists of an incident's open steps, with what is ticked. */
const checklistsOf = ({ ready, state }: LoadedCase) =>
  Object.fromEntries(
    openSteps(state).flatMap(([id, open]) => {
      const step = findStep(ready.definition.steps, id);
      if (step?.kind !== 'respond') return [];
      return [[id, step.checklist.map((item) => ({ ...item, is_ticked: isTicked(open, item.id) }))]];
    }),
  );

/**
 * What happened, for those who take part: the applicant reads roles in the timeline, not numbers of staff.
 * @param files those of the log
 */
export function historyAnswer(
  events: readonly CaseEvent[],
  { ready, state }: LoadedCase,
  viewer: PersonActor,
  files: readonly AttachmentLine[] = [],
) {
  const isApplicant = viewer.person === subjectOf(state);
  const isHidden = hidesApplicant(ready.definition, state, viewer);
  const name = (person: string | null | undefined) => {
    if (person === null || person === undefined) return null;
    if (person === state.applicant.person) return isHidden ? 'applicant' : person;
    return isApplicant && person.startsWith('staff:') ? 'staff' : person;
  };
  const isDuty = dutyRoles(state).some((owner) => rolesOf(viewer).some((role) => reaches(role, owner)));
  // What the duty did is the duty's: it may say who somebody is.
  const mayRead = ({ kind }: CaseEvent) => kind !== 'duty-done' || isDuty;
  return events.map((event) => ({
    at: timeOf(event.atMs),
    kind: event.kind,
    step: 'step' in event ? event.step : null,
    by: 'by' in event ? name(event.by) : null,
    for: 'for' in event ? name(event.for) : null,
    on_behalf: onBehalfIn(event),
    text: mayRead(event) ? textOf(event) : '',
    item: 'item' in event ? event.item : null,
    files: files.filter(({ id }) => filesIn(event).includes(id)),
    rule: 'rule' in event ? event.rule : null,
  }));
}
