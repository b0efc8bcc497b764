import { zDay } from '@lanyard/platform';
import { z } from 'zod';
import type { ChangeKind } from '../life/change-kinds.js';

const zSlug = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);
const zShort = z.string().trim().min(1).max(100);
const zWords = z.strictObject({ zh: z.string().min(1).max(500), en: z.string().min(1).max(500) });
const onDay = { effective_date: zDay.optional() };

/** Facts of the register that a document may say; campus names them, the register says them. */
export const DOCUMENT_FACTS = [
  ...(['name', 'student_number', 'college', 'major', 'class', 'level', 'entry_date'] as const),
  ...(['expected_graduation', 'enrolment_status', 'registered_until'] as const),
] as const;
export type DocumentFact = (typeof DOCUMENT_FACTS)[number];

/**
 * What a case of the five modules may ask of the register: a closed list. No admission, no expulsion, no change of a
 * name, nothing about a hold; those take somebody at the register itself.
 */
const zAct = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('graduate'), ...onDay }),
  z.strictObject({ act: z.literal('leave-of-absence'), ...onDay, until: zDay.optional() }),
  z.strictObject({ act: z.literal('return-from-leave'), ...onDay }),
  z.strictObject({
    act: z.literal('change-of-study'),
    ...onDay,
    ...{ college: zShort.optional(), major: zShort.optional(), class: zShort.optional() },
  }),
  z.strictObject({ act: z.literal('withdraw'), ...onDay }),
  z.strictObject({ act: z.literal('register-semester') }),
  z.strictObject({
    act: z.literal('issue-document'),
    ...{ document: zSlug, title: zWords },
    register_facts: z.array(z.enum(DOCUMENT_FACTS)).min(1).max(DOCUMENT_FACTS.length),
    case_facts: z.array(z.strictObject({ title: zWords, value: zWords })).max(10),
    valid_days: z.int().min(1).max(3_650),
  }),
]);
export type CaseAct = z.output<typeof zAct>;
export type DocumentAct = Extract<CaseAct, { act: 'issue-document' }>;

export const zCaseAct = z.strictObject({
  case: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  step: zSlug,
  service: z.strictObject({ id: zSlug, version: z.int().min(1) }),
  student_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/),
  /** Who signed steps of the case, by the names the audit of campus has them under. */
  decided_by: z.array(z.string().regex(/^person:[0-9a-f]{32}$/)).max(60),
  asked: zAct,
});
export type CaseActRequest = z.output<typeof zCaseAct>;

/** Acts that end somebody's studies: nothing brings the student ID back but another act at the register. */
export const FINAL_ACTS: readonly CaseAct['act'][] = ['graduate', 'withdraw'];

/** The dated change that an act is; undefined for those that change no status and no fact. */
export function changeOf(act: CaseAct, today: string) {
  const change = (kind: ChangeKind, until?: string) => ({
    ...{ kind, until, effectiveDate: ('effective_date' in act ? act.effective_date : undefined) ?? today },
  });
  switch (act.act) {
    case 'graduate':
      return change('graduation');
    case 'leave-of-absence':
      return change('leave', act.until);
    case 'return-from-leave':
      return change('return');
    case 'withdraw':
      return change('withdrawal');
    case 'change-of-study': {
      const { college, major, class: className } = act;
      const facts = Object.entries({ college, major, class: className }).filter(([, value]) => value !== undefined);
      return { ...change('study-change'), facts: Object.fromEntries(facts) };
    }
    case 'register-semester':
    case 'issue-document':
      return undefined;
  }
}
