import { REGISTER_SOURCE } from '../checks/source-names.js';
import { effectProblems } from '../effects/check-effects.js';
import { type Danger, DUTY_STEP, dangerProblems, rolesTold } from './danger.js';
import type { FormField, FormSchema } from './form-schema.js';
import { incidentProblems } from './incident.js';
import { type Match, matchProblems } from './match.js';
import type { Step } from './step.js';
import { allSteps, isEffect, isWaiting, ownersIn, stepsBefore } from './walk-steps.js';

interface Structure {
  readonly about: 'student' | 'incident';
  readonly form: FormSchema;
  readonly rules: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
  readonly start: {
    readonly when?: string | undefined;
    readonly students: boolean;
    readonly staff_roles: readonly string[];
  };
  readonly documents: readonly { readonly id: string }[];
  readonly public_fields: readonly string[];
  readonly anonymity: { readonly field: string } | null;
  readonly topic_field?: string | undefined;
  readonly publish_field?: string | undefined;
  readonly danger?: Danger | undefined;
  readonly match?: Match | undefined;
  readonly visible_to: 'everyone' | { readonly roles: readonly string[]; readonly applicants: boolean };
  readonly closes_only_after: string | null;
  readonly may_withdraw: boolean;
  readonly void_by: unknown;
  readonly effective_from: string;
  readonly effective_until: string | null;
}
export interface StructureProblem {
  readonly message: string;
  readonly path: string[];
}

const MAX_STEPS = 60;

/** What a definition's parts have to say of each other: every name leads somewhere. */
export function checkStructure(definition: Structure): StructureProblem[] {
  const problems: StructureProblem[] = [];
  const problem = (message: string, ...path: string[]) => problems.push({ message, path });
  const steps = allSteps(definition.steps);
  const isField = (name: string) => Object.hasOwn(definition.form.properties, name);
  const isRule = (name: string | undefined) => name === undefined || Object.hasOwn(definition.rules, name);

  if (steps.length > MAX_STEPS) problem(`more than ${MAX_STEPS} steps`, 'steps');
  if (new Set(steps.map(({ id }) => id)).size !== steps.length) problem('two steps have one id', 'steps');
  if (steps.some(({ id }) => id === DUTY_STEP)) problem('the name of the duty', 'steps', DUTY_STEP);
  if (!isRule(definition.start.when)) problem('no such rule', 'start', 'when');
  if (!definition.start.students && definition.start.staff_roles.length === 0) problem('nobody may start', 'start');
  if (definition.effective_until !== null && definition.effective_until < definition.effective_from)
    problem('ends before it begins', 'effective_until');
  for (const name of definition.public_fields) {
    const field = definition.form.properties[name];
    if (field === undefined) problem('no such field', 'public_fields', name);
    else if (field['x-sensitive'] === true || field['x-audience'] !== undefined || field['x-prefill'] !== undefined)
      problem('not for everybody', 'public_fields', name);
  }
  if (definition.anonymity !== null && definition.form.properties[definition.anonymity.field]?.type !== 'boolean')
    problem('no such field of yes and no', 'anonymity');
  if (definition.topic_field !== undefined && !isTopic(definition.form.properties[definition.topic_field]))
    problem('no such choice for everybody to count', 'topic_field');
  if (
    definition.publish_field !== undefined &&
    definition.form.properties[definition.publish_field]?.type !== 'boolean'
  )
    problem('no such field of yes and no', 'publish_field');
  for (const message of dangerProblems(definition)) problem(message, 'danger');
  for (const message of matchProblems(definition)) problem(message, 'match');
  for (const message of incidentProblems(definition, steps)) problem(message, 'about');
  if (definition.danger !== undefined)
    for (const { scope } of rolesTold(definition.danger))
      if (scope.of === 'field' && !isField(scope.field)) problem('no such field', 'danger');
  for (const step of steps) {
    if (!isRule(step.when)) problem('no such rule', 'steps', step.id);
    for (const message of stepProblems(step, definition)) problem(message, 'steps', step.id);
    for (const { scope } of ownersIn(step))
      if (scope.of === 'field' && !isField(scope.field)) problem('no such field', 'steps', step.id);
  }
  for (const message of closingProblems(definition, steps)) problem(message, 'closes_only_after');
  return problems;
}

/** A closed choice: what somebody wrote himself could say who he is. */
const isTopic = (field: FormField | undefined): boolean =>
  field?.type === 'string' &&
  field.enum !== undefined &&
  field['x-sensitive'] !== true &&
  field['x-audience'] === undefined;

function stepProblems(step: Step, definition: Structure): string[] {
  const before = () => stepsBefore(definition.steps, step.id);
  const isField = (name: string) => Object.hasOwn(definition.form.properties, name);
  switch (step.kind) {
    case 'parallel':
      return [];
    case 'emit':
      return [
        ...(definition.documents.some(({ id }) => id === step.document) ? [] : ['no such document']),
        ...effectProblems(step, definition.form, definition.steps),
      ];
    case 'student-confirm':
      return step.reopens === undefined || before().some(({ id }) => id === step.reopens)
        ? []
        : ['no such step before it'];
    case 'work':
      return step.chosen_by === undefined ||
        before().some(({ id, kind }) => id === step.chosen_by && kind === 'dispatch')
        ? []
        : ['no dispatch of that name before it'];
    case 'dispatch': {
      if (step.signing === 'all') return ['one person chooses: any-sign'];
      const unknown = step.choices.filter(({ when }) => when !== undefined && !Object.hasOwn(definition.rules, when));
      const twice = new Set(step.choices.map(({ id }) => id)).size !== step.choices.length;
      return [...(unknown.length > 0 ? ['no such rule'] : []), ...(twice ? ['two choices have one id'] : [])];
    }
    case 'quota':
      return step.key_fields.every(isField) ? [] : ['no such field'];
    case 'check':
      return step.asks === undefined || step.source === REGISTER_SOURCE ? [] : ['only the register is asked that'];
    case 'respond':
    case 'approve':
    case 'window':
    case 'check-in':
      return [];
  }
}

/** Where a step has to be done before anything closes, nothing else may end a case. */
function closingProblems(definition: Structure, steps: readonly Step[]): string[] {
  if (definition.closes_only_after === null) return [];
  const last = definition.steps.find(({ id }) => id === definition.closes_only_after);
  if (last === undefined || !isWaiting(last) || last.when !== undefined)
    return ['a step in line, without a rule, that somebody answers'];
  const problems = [];
  if (definition.may_withdraw || definition.void_by !== null)
    problems.push('a case could be withdrawn or voided before it');
  const at = definition.steps.indexOf(last);
  const canRefuse = allSteps(definition.steps.slice(0, at + 1)).some((step) => refusable(step));
  if (canRefuse && steps.length > 0) problems.push('a case could be refused before it');
  return problems;
}

/** Kinds at which a "no" ends the case; work is returned, a check's owner decides, and whose register refuses. */
export const refusable = (step: Step): boolean =>
  step.kind === 'approve' || step.kind === 'window' || step.kind === 'check' || isEffect(step);
