import type { ReadWay } from './window.js';

/** What waits for somebody, as `GET campus/v1/inbox` answers it. */
interface Words {
  readonly zh: string;
  readonly en: string;
}
/** An incident is about no student. */
export type About = 'student' | 'incident';
export interface InboxTask {
  readonly case_id: string;
  /** Null where a form waits to be mended. */
  readonly step: string | null;
  readonly slot: number;
  readonly service: string;
  readonly service_version: number;
  readonly title_zh: string;
  readonly title_en: string;
  readonly opened_at: string;
  readonly due_at: string;
  /** A text names danger to life: this person is the duty. It is answered by itself, in words. */
  readonly is_danger: boolean;
  readonly about: About;
  /** Null for an applicant whom this reader may not know, and of an incident. */
  readonly applicant: { readonly name: string; readonly student_number: string; readonly class: string } | null;
  readonly fields: readonly { readonly title: Words; readonly value: Words }[];
  readonly case_version: number;
}
export interface CaseDetail {
  readonly id: string;
  readonly service: { readonly id: string; readonly title: Words };
  readonly about: About;
  readonly status: string;
  readonly version: number;
  readonly timeline: readonly {
    readonly step: string;
    readonly title: Words;
    readonly state: 'done' | 'now' | 'next' | 'skipped';
    readonly since: string | null;
    readonly due_at: string | null;
  }[];
  readonly fields: readonly { readonly id: string; readonly title: Words; readonly value: Words }[];
  /** Files of the form; those of a log stand in its lines. */
  readonly attachments: readonly CaseFile[];
  /** Other open cases may belong to it: what is lost and what is found. */
  readonly may_match: boolean;
  /** How many talks of its applicant with another side there are, for the office. */
  readonly talks: number;
  /** Null where this reader may not publish what came of it, or nobody may. */
  readonly publication: 'possible' | 'published' | null;
  /** Where a clerk handed it in for the applicant, and how the applicant said yes. */
  readonly at_window: { readonly window: string; readonly confirmed: 'phone' | ReadWay } | null;
  readonly your_steps: readonly string[];
  /** Of an incident: where this person may write into the log. */
  readonly your_notes: readonly string[];
  /** Of an incident: what every item of its lists is called. */
  readonly items: Readonly<Record<string, Words>>;
  /** Of an incident: the lists of its open steps. */
  readonly checklists: Readonly<Record<string, readonly ListItem[]>>;
  /** Of those steps where agreeing takes a choice. */
  readonly choices: Readonly<Record<string, readonly { readonly id: string; readonly title: Words }[]>>;
}

export interface CaseFile {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
}
export interface ListItem {
  readonly id: string;
  readonly title: Words;
  readonly is_ticked: boolean;
}
/** What happened to a case, as `GET campus/v1/cases/:id/history` answers it. */
export interface HistoryLine {
  readonly at: string;
  readonly kind: string;
  readonly step: string | null;
  readonly by: string | null;
  readonly text: string;
  /** What was ticked. */
  readonly item: string | null;
  readonly files: readonly CaseFile[];
}

/** A case that may belong to another one. */
export interface CaseMatch {
  readonly id: string;
  readonly applicant: { readonly name: string; readonly class: string } | null;
  readonly fields: CaseDetail['fields'];
  /** 0 to 1. */
  readonly fit: number;
}

/** Why an office ends a talk; both students read it. */
export const TALK_ENDINGS = ['settled', 'other-thing', 'misuse', 'no-answer'] as const;
type TalkSide = 'owner' | 'finder';
/** Finder and owner write to each other; the office of both cases reads it. */
export interface CaseTalk {
  readonly id: string;
  /** Of the applicant of this case. */
  readonly side: TalkSide;
  readonly other_case: string;
  readonly state: 'open' | 'over';
  readonly opened_at: string;
  /** Null also where it is over with one of its cases. */
  readonly ended: { readonly at: string; readonly reason: (typeof TALK_ENDINGS)[number] } | null;
  readonly messages: readonly {
    readonly id: string;
    readonly by: TalkSide;
    readonly text: string;
    readonly at: string;
  }[];
}

/** The step of the duty in every service. */
export const DUTY_STEP = 'danger-duty';
export const keyOf = ({ case_id, step, slot }: InboxTask): string => `${case_id}/${step ?? ''}/${slot}`;

/** Decided together only where service, version and step are one: then the rule is one too. */
export const kindOf = ({ service, service_version, step }: InboxTask): string =>
  `${service}@${service_version}/${step ?? ''}`;
