import type { FormValues } from '../definitions/form-schema.js';
import type { Applicant, HeldRole, PersonId } from '../people/person.js';
import type { OnBehalf } from '../windows/consent.js';
import type { EffectProblem, Outcome, Owner } from './case-state.js';

/** The rule that brought a step about, with the version that was used; null for a step without one. */
export type UsedRule = { readonly id: string; readonly version: number } | null;
interface Act {
  readonly by: PersonId;
  readonly for: PersonId | null;
}
interface Decision extends Act {
  readonly step: string;
  readonly rule: UsedRule;
}

/** What happened to a case; each says all that the fold needs. Append-only. */
export type CaseEvent = { readonly atMs: number } & (
  | {
      readonly kind: 'submitted';
      readonly definition: { readonly id: string; readonly version: number };
      readonly by: PersonId;
      /** Where a clerk handed it in for the student, with the student's agreement. */
      readonly onBehalf?: OnBehalf;
      readonly applicant: Applicant;
      readonly form: FormValues;
      readonly rules: Readonly<Record<string, number>>;
      readonly steps: readonly string[];
    }
  | {
      readonly kind: 'resubmitted';
      readonly by: PersonId;
      readonly onBehalf?: OnBehalf;
      readonly form: FormValues;
      readonly rules: Readonly<Record<string, number>>;
      readonly resets: readonly string[];
    }
  | {
      readonly kind: 'step-opened';
      readonly step: string;
      readonly signing: 'any' | 'all';
      readonly slots: readonly { readonly id: number; readonly owner: Owner }[];
      readonly dueAtMs: number;
      readonly rule: UsedRule;
    }
  | { readonly kind: 'step-skipped'; readonly step: string; readonly rule: UsedRule }
  | (Decision & { readonly kind: 'signed'; readonly slot: number; readonly comment: string })
  | {
      readonly kind: 'step-done';
      readonly step: string;
      readonly chosen: { readonly id: string; readonly owner: HeldRole } | null;
    }
  | (Decision & { readonly kind: 'refused'; readonly reason: string })
  | (Decision & {
      readonly kind: 'returned';
      /** Null: to the applicant. */
      readonly to: string | null;
      readonly reason: string;
      readonly resets: readonly string[];
      /** Where it goes to the applicant. */
      readonly dueAtMs: number | null;
    })
  | (Decision & {
      readonly kind: 'reopened';
      readonly to: string;
      readonly reason: string;
      readonly resets: readonly string[];
    })
  | (Decision & {
      readonly kind: 'slot-transferred';
      readonly slot: number;
      readonly to: PersonId;
      readonly reason: string;
    })
  | (Decision & { readonly kind: 'cosigner-added'; readonly slot: number; readonly person: PersonId })
  | (Decision & { readonly kind: 'cosigner-dropped'; readonly slot: number; readonly person: PersonId })
  | {
      readonly kind: 'checked';
      readonly step: string;
      readonly source: string;
      readonly answer: 'passed' | 'not-passed';
      readonly rule: UsedRule;
    }
  /** The issuer is asked: when the step opens, and when an owner has it tried again. */
  | {
      readonly kind: 'effect-asked';
      readonly step: string;
      readonly by: PersonId | null;
      readonly for: PersonId | null;
      readonly comment: string;
    }
  | { readonly kind: 'effect-refused'; readonly step: string; readonly problem: EffectProblem }
  | { readonly kind: 'emitted'; readonly step: string; readonly document: string }
  /** The form names danger to life: the duty is called, beside the steps. */
  | { readonly kind: 'danger-named'; readonly step: string; readonly owner: HeldRole; readonly dueAtMs: number }
  | (Act & { readonly kind: 'duty-done'; readonly step: string; readonly comment: string })
  /** Into the log of an incident. `item` is what was ticked by it, `files` what came with it. */
  | (Decision & {
      readonly kind: 'noted';
      readonly item: string | null;
      readonly comment: string;
      readonly files?: readonly string[];
    })
  | { readonly kind: 'urged'; readonly by: PersonId }
  /** `step` is null where the applicant is late after a return. */
  | { readonly kind: 'reminded'; readonly step: string | null }
  | { readonly kind: 'escalated'; readonly step: string; readonly to: HeldRole; readonly dueAtMs: number }
  | {
      readonly kind: 'closed';
      readonly outcome: Outcome;
      readonly by: PersonId | null;
      /** Of a withdrawal. */
      readonly onBehalf?: OnBehalf;
      readonly reason: string;
    }
);
export type CaseEventKind = CaseEvent['kind'];
