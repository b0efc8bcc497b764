import type { Step } from '../definitions/step.js';
import type { Action, PersonActor } from './action.js';
import { record } from './advance.js';
import type { OpenStep } from './case-state.js';
import { decision } from './finish-step.js';
import type { AtStep, Done } from './live-case.js';
import { notingTurn } from './turn.js';

/** Far below what a history shows, so that what ends an incident always has room behind its notes. */
const LOG_AT_MOST = 1_500;

/** Writes into the log of an incident what was done or seen, or ticks an item of the step's list. */
export function noteDown(at: AtStep, actor: PersonActor, { text, item }: Extract<Action, { verb: 'note' }>): Done {
  const { step, open, state, course } = at;
  if (step.kind !== 'respond') return 'verb-not-here';
  const turn = notingTurn(actor, open);
  if (turn === undefined) return 'not-your-turn';
  if (item === undefined && text.trim().length < 2) return 'note-empty';
  if (item !== undefined && !step.checklist.some(({ id }) => id === item)) return 'item-unknown';
  if (item !== undefined && isTicked(open, item)) return 'item-ticked';
  if (state.version >= LOG_AT_MOST) return 'log-full';
  record(course, { kind: 'noted', ...decision(at, turn), item: item ?? null, comment: text });
  return undefined;
}

export const isTicked = ({ ticked = [] }: OpenStep, item: string): boolean => ticked.includes(item);

/** What of a step's list is left to do, or to be said why not. */
export const untickedOf = (step: Step, open: OpenStep): string[] =>
  step.kind === 'respond' ? step.checklist.flatMap(({ id }) => (isTicked(open, id) ? [] : [id])) : [];
