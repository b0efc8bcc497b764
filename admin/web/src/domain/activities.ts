import type { Words } from './affairs.js';

/** Activities and topic counts as `campus/v1` answers them. */
export interface LedService {
  readonly id: string;
  readonly title: Words;
}
export interface ActivityLine {
  readonly id: string;
  readonly title: Words;
  readonly place: Words;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly capacity: number;
  readonly taken: number;
  readonly waiting: number;
}
export interface Attendee {
  readonly case_id: string;
  readonly state: 'taken' | 'waiting';
  readonly minutes: number;
  readonly is_here: boolean;
  readonly name: string;
  readonly student_number: string;
  readonly class: string;
}
export interface ScanAnswer {
  readonly verdict: 'accepted' | 'rejected' | 'cannot-decide';
  readonly title_zh: string;
  readonly title_en: string;
  readonly person: { readonly name: string; readonly way: 'in' | 'out' } | null;
}

/** Topic counts as `GET campus/v1/trends` answers them; null for a week of which nothing is told. */
export interface TrendAnswer {
  readonly weeks: readonly string[];
  readonly lines: readonly {
    readonly service: LedService;
    readonly topic: LedService;
    readonly campus: string;
    readonly cases: readonly (number | null)[];
    readonly rises: boolean;
  }[];
}
export interface TrendQuery {
  readonly id: string;
  readonly at: string;
  readonly asked_by: string;
  readonly from_week: string;
  readonly until_week: string;
}
