import { type CaseState, currentForm } from '../cases/case-state.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import { isEffect } from '../definitions/walk-steps.js';
import type { PersonId } from '../people/person.js';
import { type Words, wordsOf } from '../views/shown-fields.js';
import type { Effect } from './effect.js';

/** What the issuer is asked to do, without whom the words of campus are for. */
export type AskedAct =
  | { readonly act: 'graduate' | 'return-from-leave' | 'withdraw'; readonly effective_date?: string }
  | { readonly act: 'leave-of-absence'; readonly effective_date?: string; readonly until?: string }
  | {
      readonly act: 'change-of-study';
      readonly effective_date?: string;
      readonly college?: string;
      readonly major?: string;
      readonly class?: string;
    }
  | { readonly act: 'register-semester' }
  | {
      readonly act: 'issue-document';
      readonly document: string;
      readonly title: Words;
      readonly register_facts: readonly string[];
      readonly case_facts: readonly { readonly title: Words; readonly value: Words }[];
      readonly valid_days: number;
    };

export interface EffectRequest {
  readonly step: string;
  readonly studentNumber: string;
  readonly service: { readonly id: string; readonly version: number };
  /** Everybody who signed a step that is done. */
  readonly deciders: readonly PersonId[];
  readonly asked: AskedAct;
}

/** The effects a case waits for now, with their inputs as the form has them. */
export function effectRequests(definition: ServiceDefinition, state: CaseState): EffectRequest[] {
  if (state.status !== 'open') return [];
  return definition.steps.filter(isEffect).flatMap((step) => {
    const now = state.steps[step.id];
    if (now?.status !== 'open' || now.effect?.state !== 'pending') return [];
    return [
      {
        step: step.id,
        studentNumber: state.applicant.person.slice('student:'.length),
        service: state.definition,
        deciders: decidersOf(state),
        asked: askedAct(step.effect, step.document, definition, state),
      },
    ];
  });
}

const decidersOf = (state: CaseState): PersonId[] => [
  ...new Set(
    Object.values(state.steps).flatMap((step) =>
      step.status === 'done' ? step.slots.flatMap(({ signature }) => (signature === null ? [] : [signature.by])) : [],
    ),
  ),
];

function askedAct(effect: Effect, document: string, definition: ServiceDefinition, state: CaseState): AskedAct {
  const form = currentForm(state);
  /** A member only where the form says something. */
  const read = <Name extends string>(name: Name, field: string | undefined): { [N in Name]?: string } => {
    const value = field === undefined ? undefined : form[field];
    return typeof value === 'string' && value !== '' ? ({ [name]: value } as { [N in Name]?: string }) : {};
  };
  switch (effect.act) {
    case 'graduate':
    case 'return-from-leave':
    case 'withdraw':
      return { act: effect.act, ...read('effective_date', effect.effective_date) };
    case 'leave-of-absence':
      return { act: effect.act, ...read('effective_date', effect.effective_date), ...read('until', effect.until) };
    case 'change-of-study':
      return {
        act: effect.act,
        ...read('effective_date', effect.effective_date),
        ...{ ...read('college', effect.college), ...read('major', effect.major), ...read('class', effect.class) },
      };
    case 'register-semester':
      return { act: effect.act };
    case 'issue-document': {
      const caseFacts = effect.form_fields.flatMap((name) => {
        const field = definition.form.properties[name];
        return field === undefined || form[name] === undefined
          ? []
          : [{ title: field.title, value: wordsOf(field, form[name]) }];
      });
      const title = definition.documents.find(({ id }) => id === document)?.title ?? definition.title;
      const { register_facts, valid_days } = effect;
      return { act: effect.act, document, title, register_facts, case_facts: caseFacts, valid_days };
    }
  }
}
