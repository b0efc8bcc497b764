import { type FormSchema, listFields } from './form-schema.js';
import type { Step, StepKind } from './step.js';
import { ownersIn } from './walk-steps.js';

interface Around {
  readonly about: 'student' | 'incident';
  readonly form: FormSchema;
  readonly start: { readonly students: boolean; readonly when?: string | undefined };
  readonly visible_to: 'everyone' | { readonly roles: readonly string[]; readonly applicants: boolean };
  readonly may_withdraw: boolean;
  readonly anonymity: unknown;
  readonly danger?: unknown;
  readonly match?: unknown;
  readonly topic_field?: unknown;
  readonly publish_field?: unknown;
  readonly documents: readonly unknown[];
}

/** What works without a student: no place, confirmation or document is anybody's. */
const KINDS: readonly StepKind[] = ['respond', 'parallel', 'work', 'dispatch', 'approve'];

/**
 * An incident is about what happened, not about somebody: no student begins it or sees it, the register fills nothing in,
 * no step is owned by way of a student or by who could not open it, and nothing of it is counted, published or issued.
 */
export function incidentProblems(definition: Around, steps: readonly Step[]): string[] {
  if (definition.about === 'student')
    return steps.some(({ kind }) => kind === 'respond') ? ['answered by the clock without being an incident'] : [];
  const { start, visible_to, form } = definition;
  const fields = listFields(form, []).map(({ field }) => field);
  const owners = steps.flatMap(ownersIn);
  const items = steps.flatMap((step) => (step.kind === 'respond' ? step.checklist.map(({ id }) => id) : []));
  const problems: readonly (readonly [boolean, string])[] = [
    [start.students || start.when !== undefined, 'a student could begin it'],
    [visible_to === 'everyone' || visible_to.applicants, 'a student could see it'],
    [definition.may_withdraw, 'whoever reported it could end it'],
    [
      fields.some((field) => 'x-prefill' in field && field['x-prefill'] !== undefined),
      'the register fills something in',
    ],
    [definition.anonymity !== null, 'a reporter of the staff is known'],
    [
      [definition.danger, definition.match, definition.topic_field, definition.publish_field].some(
        (part) => part !== undefined,
      ) || definition.documents.length > 0,
      'something of it is for or about students',
    ],
    [steps.some(({ kind }) => !KINDS.includes(kind)), 'a step that takes a student'],
    [new Set(items).size !== items.length, 'two items have one id'],
    [owners.some(({ scope }) => scope.of === 'applicant'), 'an owner by way of a student'],
    [
      visible_to !== 'everyone' && owners.some(({ role }) => !visible_to.roles.includes(role)),
      'an owner who may not see it',
    ],
  ];
  return problems.flatMap(([is, message]) => (is ? [message] : []));
}
