import type { FormField, FormObject, FormValues, Words } from '@lanyard/look/forms/form-schema.js';

/** What the services answer to these pages (docs/services.md, campus). */
export type { FormField, FormObject, FormValues, Words };

export interface ModuleLink {
  readonly id: string;
  readonly title: Words;
  /** Address of another system that runs it; null for our own pages. */
  readonly elsewhere: string | null;
}
export interface Session {
  readonly name: string;
  readonly student_number: string;
  readonly university: string;
  readonly modules: readonly ModuleLink[];
}

export interface ServiceLine {
  readonly id: string;
  readonly version: number;
  readonly module: string;
  readonly facet: string;
  readonly title: Words;
  readonly summary: Words;
  readonly published_time_limit_working_hours: number;
}

interface OwnerRule {
  readonly role: string;
}
export interface StepPlan {
  readonly id: string;
  readonly kind: string;
  readonly title: Words;
  readonly when?: string;
  readonly owners?: readonly OwnerRule[];
  readonly due_working_hours?: number;
  readonly on_breach?: { readonly do: 'remind' } | { readonly do: 'escalate'; readonly to: OwnerRule };
  readonly reopens?: string;
  /** Of a number of places: what it is for. */
  readonly key?: string;
  readonly key_fields?: readonly string[];
  readonly places?: number;
  readonly when_full?: 'wait' | 'refuse';
  readonly branches?: readonly (readonly StepPlan[])[];
}
export interface DangerPhone {
  readonly title: Words;
  readonly number: string;
}
export interface ServiceDetail extends ServiceLine {
  readonly form: FormObject;
  readonly steps: readonly StepPlan[];
  readonly documents: readonly { readonly id: string; readonly form: string; readonly title: Words }[];
  readonly contact: { readonly office: Words; readonly place: Words; readonly hours: Words; readonly phone: string };
  readonly start: { readonly students: boolean };
  readonly may_withdraw: boolean;
  readonly returned_due_working_hours: number;
  /** Where a text that names danger to life calls a duty. */
  readonly danger?: {
    readonly said: Words;
    readonly phones: readonly DangerPhone[];
    readonly on_breach: NonNullable<StepPlan['on_breach']>;
  } | null;
  /** What the register holds of this student for the prefilled fields; null where it cannot be asked now. */
  readonly known: Readonly<Record<string, string>> | null;
}
export interface Occasion {
  readonly key: string;
  readonly capacity: number;
  readonly taken: number;
  readonly waiting: number;
  readonly opens_at: string | null;
  readonly closes_at: string | null;
}

export type CaseStatus = 'open' | 'returned' | 'closed';
export interface CaseLine {
  readonly id: string;
  readonly service: { readonly id: string; readonly version: number; readonly title: Words; readonly module: string };
  readonly status: CaseStatus;
  readonly outcome: string | null;
  readonly version: number;
  readonly started_at: string;
  readonly closed_at: string | null;
  readonly due_at: string | null;
}
export type Owner =
  | { readonly kind: 'role'; readonly role: string; readonly scope_kind: string; readonly scope_value: string }
  | { readonly kind: 'applicant' | 'named-person' };
export interface TimelineLine {
  readonly step: string;
  readonly title: Words;
  readonly state: 'done' | 'now' | 'next' | 'skipped';
  readonly owners: readonly Owner[];
  readonly since: string | null;
  readonly due_at: string | null;
  readonly branch: string | null;
}
export interface ShownField {
  readonly id: string;
  readonly title: Words;
  readonly value: Words;
}
export interface Attachment {
  readonly id: string;
  readonly name: string;
  readonly media_type: string;
  readonly bytes: number;
}
export interface Place {
  readonly step: string;
  readonly occasion: string;
  readonly state: 'taken' | 'waiting';
  /** How many wait before this one. */
  readonly ahead: number;
}
export interface CaseAnswer extends CaseLine {
  readonly form: FormValues;
  readonly fields: readonly ShownField[];
  readonly timeline: readonly TimelineLine[];
  readonly documents: readonly { readonly document: string; readonly at: string }[];
  readonly your_steps: readonly string[];
  readonly you_may: readonly string[];
  /** Its text names danger to life, and it is not closed. */
  readonly danger?: { readonly phones: readonly DangerPhone[] } | null;
  readonly returned: { readonly from: string | null; readonly due_at: string } | null;
  /** Where a clerk handed it in for the student. */
  readonly at_window?: {
    readonly window: string;
    readonly confirmed: 'phone' | 'scan' | 'phone-tap' | 'card-tap';
  } | null;
  readonly places: readonly Place[];
  readonly rating?: { readonly asked_at: string; readonly stars: number | null } | null;
  readonly attachments?: readonly Attachment[];
  /** How many talks with another side an office has opened. */
  readonly talks?: number;
}
/** Who writes in a talk: the one who misses something, or the one who has found it. */
export type TalkSide = 'owner' | 'finder';
export interface Talk {
  readonly id: string;
  /** Of this student. */
  readonly side: TalkSide;
  readonly state: 'open' | 'over';
  /** By the office; null also where it is over with one of its cases. */
  readonly ended: { readonly reason: 'settled' | 'other-thing' | 'misuse' | 'no-answer' } | null;
  readonly messages: readonly {
    readonly id: string;
    readonly by: TalkSide;
    readonly text: string;
    readonly at: string;
  }[];
}
export interface HistoryLine {
  readonly at: string;
  readonly kind: string;
  readonly step: string | null;
  readonly by: string | null;
  readonly for: string | null;
  /** Where a clerk did it for the student at a window, and how the student said yes. */
  readonly on_behalf?: {
    readonly window: string;
    readonly confirmed: 'phone' | 'scan' | 'phone-tap' | 'card-tap';
  } | null;
  readonly text: string;
}
/** What a window has written for this student and waits for his word on. */
export interface Confirmation {
  readonly id: string;
  readonly verb: 'submit' | 'resubmit' | 'withdraw';
  readonly module: string;
  readonly title: Words;
  readonly window: { readonly title: Words; readonly place: Words };
  readonly fields: readonly ShownField[];
  readonly expires_at: string;
}
export interface WindowLine {
  readonly id: string;
  readonly title: Words;
  readonly place: Words;
  readonly hours: readonly { readonly days: readonly number[]; readonly from: string; readonly to: string }[];
  readonly kiosk: boolean;
  readonly is_open: boolean;
  readonly waiting: number;
  /** Null where there is no honest number. */
  readonly minutes: number | null;
  readonly ticket: {
    readonly id: string;
    readonly number: string;
    readonly state: 'waiting' | 'called';
    readonly before: number;
    readonly minutes: number | null;
  } | null;
}
export interface WindowScreen {
  readonly title: Words;
  readonly place: Words;
  readonly called: readonly string[];
  readonly next: readonly string[];
}

/** What waits for this student; without a step the form came back to be mended. */
export interface Task {
  readonly case_id: string;
  readonly step: string | null;
  readonly service: string;
  readonly module: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly due_at: string;
  readonly fields?: readonly { readonly title: Words; readonly value: Words }[];
}
export interface DraftLine {
  readonly service: string;
  readonly module: string;
  readonly title: Words;
  readonly version: number;
  readonly updated_at: string;
}
export interface ServerDraft {
  readonly form: FormValues;
  readonly version: number;
  readonly updated_at: string;
}
/** What was asked and answered, told to everybody (`GET …/published-answers`). */
export interface PublishedAnswer {
  readonly id: string;
  readonly service: { readonly id: string; readonly title: Words; readonly module: string | null };
  readonly topic: Words | null;
  readonly office: string;
  readonly question: string;
  readonly answer: string;
  readonly published_on: string;
}

/** A survey that asks this student (`GET …/open-surveys`). */
export interface SurveyLine {
  readonly id: string;
  readonly module: string;
  readonly title: Words;
  readonly summary: Words;
  readonly anonymous: boolean;
  readonly closes_at: string;
  readonly answered?: boolean;
}
export interface SurveyDetail extends SurveyLine {
  readonly form: FormObject;
}

export interface Notice {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly module: string | null;
  readonly case: string | null;
  readonly title: Words;
  readonly text: Words;
  readonly read: boolean;
}
