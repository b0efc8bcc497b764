import type { Words } from '@lanyard/look/forms/form-schema.js';
import type { About } from './inbox.js';

/** What campus answers about cases, statistics, delegations and services, as the console reads it. */
export type { Words };
export interface StaffCase {
  readonly id: string;
  readonly service: { readonly id: string; readonly title: Words };
  readonly status: string;
  readonly outcome: string | null;
  readonly started_at: string;
  readonly closed_at: string | null;
  readonly due_at: string | null;
  readonly about: About;
  readonly applicant: {
    readonly name: string;
    readonly student_number: string;
    readonly college: string;
    readonly class: string;
  } | null;
  readonly step: { readonly id: string; readonly title: Words } | null;
}
export const STANDINGS = ['open', 'returned', 'granted', 'refused', 'withdrawn', 'voided'] as const;
export type Standing = (typeof STANDINGS)[number];
export const standingOf = ({ status, outcome }: Pick<StaffCase, 'status' | 'outcome'>): Standing =>
  (outcome ?? status) as Standing;
export const STANDING_PILLS: Readonly<Record<Standing, string>> = {
  open: 'pill-info',
  returned: 'pill-warn',
  granted: 'pill-ok',
  refused: 'pill-bad',
  withdrawn: '',
  voided: '',
};
export interface CatalogueLine {
  readonly id: string;
  readonly title: Words;
  /** An incident that this person may report. */
  readonly may_report: boolean;
}

export interface Absence {
  /** Null where this person may not open the case. */
  readonly case_id: string | null;
  readonly service: { readonly title: Words };
  readonly applicant: { readonly name: string; readonly student_number: string; readonly class: string };
  readonly from: string | null;
  readonly to: string | null;
  readonly state: 'away' | 'to-come' | 'not-returned';
}

export interface ServiceFigures {
  readonly service: { readonly id: string; readonly title: Words };
  readonly counted: 'whole' | readonly string[];
  /** Null everywhere below: fewer than five people. */
  readonly cases: number | null;
  readonly by_standing: Readonly<Record<Standing, number | null>>;
  readonly published_minutes: number;
  readonly median_minutes: number | null;
  readonly p90_minutes: number | null;
  readonly is_over_published: boolean | null;
  readonly rating: { readonly mean: number; readonly ratings: number } | null;
}
export interface ServiceDetailFigures {
  readonly steps: readonly {
    readonly step: string;
    readonly title: Words;
    readonly owner_role: string | null;
    readonly runs: number | null;
    readonly median_minutes: number | null;
    readonly p90_minutes: number | null;
    readonly late: number | null;
    readonly returned: number | null;
  }[];
  /** Null for services that take anonymous cases. A line without a college is all the small ones. */
  readonly colleges: readonly { readonly college: string | null; readonly cases: number | null }[] | null;
}
/** Working hours with one digit: `3.5`. */
export const hoursOf = (minutes: number | null): string => (minutes === null ? '' : (minutes / 60).toFixed(1));

export interface Delegation {
  readonly id: string;
  readonly from_person: string;
  readonly to_person: string;
  readonly from_at: string;
  readonly until_at: string;
}
export interface CommentTemplate {
  name: string;
  text: string;
}

export interface DefinitionLine {
  readonly id: string;
  readonly version: number;
  readonly title_zh: string;
  readonly title_en: string;
  readonly effective_from: string;
  readonly published_at: string | null;
}
export interface DefinitionCheck {
  readonly errors: readonly { readonly at: string; readonly message: string }[];
  readonly tests: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly wanted: readonly string[];
    readonly found: readonly string[];
  }[];
  /** This version was taken before: its content can no longer change. */
  readonly taken: boolean;
}
export interface DifferenceLine {
  readonly part: 'step' | 'rule' | 'field' | 'service';
  readonly id: string;
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}
export interface DryRunAnswer {
  readonly day: string;
  readonly looked_at: number;
  readonly counts: Readonly<Record<'same' | 'other-path' | 'form-does-not-fit' | 'may-not-start', number>>;
  readonly paths: readonly {
    readonly was: readonly string[];
    readonly would: readonly string[];
    readonly cases: number;
  }[];
  readonly cases: readonly { readonly id: string; readonly kind: string }[];
}
