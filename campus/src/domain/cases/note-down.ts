import { attachmentsIn } from '../attachments/attachment.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { Step } from '../definitions/step.js';
import type { Action, PersonActor } from './action.js';
import { record } from './advance.js';
import { type CaseState, currentForm, type OpenStep } from './case-state.js';
import { decision } from './finish-step.js';
import type { AtStep, Done } from './live-case.js';
import { notingTurn } from './turn.js';

/** Far below what a history shows, so that what ends an incident always has room behind its notes. */
const LOG_AT_MOST = 1_500;
/** With those of the report. What is done with more is done elsewhere, and its place written down. */
const FILES_AT_MOST = 20;

type Note = Extract<Action, { verb: 'note' }>;

/** Writes into the log of an incident what was done or seen, or ticks an item of the step's list; files may come with it. */
export function noteDown(at: AtStep, actor: PersonActor, { text, item, files = [] }: Note): Done {
  const { step, open, state, course, ready } = at;
  if (step.kind !== 'respond') return 'verb-not-here';
  const turn = notingTurn(actor, open);
  if (turn === undefined) return 'not-your-turn';
  if (item === undefined && files.length === 0 && text.trim().length < 2) return 'note-empty';
  if (item !== undefined && !step.checklist.some(({ id }) => id === item)) return 'item-unknown';
  if (item !== undefined && isTicked(open, item)) return 'item-ticked';
  if (state.version >= LOG_AT_MOST) return 'log-full';
  if (files.length > 0 && filesOf(ready.definition, state) + files.length > FILES_AT_MOST) return 'files-at-most';
  const withFiles = files.length === 0 ? {} : { files };
  record(course, { kind: 'noted', ...decision(at, turn), item: item ?? null, comment: text, ...withFiles });
  return undefined;
}

const filesOf = ({ form }: ServiceDefinition, state: CaseState): number =>
  attachmentsIn(form, currentForm(state)).length + (state.files ?? []).length;

export const isTicked = ({ ticked = [] }: OpenStep, item: string): boolean => ticked.includes(item);

/** What of a step's list is left to do, or to be said why not. */
export const untickedOf = (step: Step, open: OpenStep): string[] =>
  step.kind === 'respond' ? step.checklist.flatMap(({ id }) => (isTicked(open, id) ? [] : [id])) : [];
