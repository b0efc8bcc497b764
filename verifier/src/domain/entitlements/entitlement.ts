import type { EnrolmentStatus } from '@lanyard/protocol';

/** A discount as data: who has it, how often in a year, where, and what is paid. Amounts are in fen. */
export interface EntitlementDefinition {
  readonly id: string;
  /** Stored with each account and use: what was decided is read by the rule of its time. */
  readonly version: number;
  readonly purpose: string;
  readonly name_zh: string;
  readonly name_en: string;
  /** First day of its year, month and day in Asia/Shanghai. */
  readonly yearBegins: { readonly month: number; readonly day: number };
  readonly usesPerYear: number;
  readonly admits: {
    readonly states: readonly EnrolmentStatus[];
    readonly studyForms: readonly StudyForm[];
  };
  /** The closed list of places an interval may be made of. */
  readonly stations: readonly string[];
  readonly fares: readonly FareRule[];
}

export type StudyForm = 'full-time' | 'part-time';

/** What a student pays in a class. `basis`: what the percentage is of. */
export interface FareRule {
  readonly seatClass: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly percent: number;
  readonly basis: 'charged' | 'published';
  /** Never less than so many percent of the published price. */
  readonly floorPercent?: number;
}

/** What the issuer says of a student for one partner. No name, no number. */
export interface EntitledStudent {
  /** The student for this partner and for nobody else, 32 bytes in base64url. */
  readonly subject: string;
  readonly enrolmentStatus: EnrolmentStatus;
  readonly studyForm: StudyForm;
  readonly level: string;
  /** Days, `YYYY-MM-DD`. */
  readonly entryDate: string;
  readonly registeredUntil: string | undefined;
  readonly interval: { readonly from: string; readonly to: string } | undefined;
}

/** Why somebody has no discount, or not this time. Stable: partners switch on them. */
export const entitlementReasons = [
  'not-a-current-student',
  'suspended',
  'not-yet',
  'not-registered',
  'study-form-not-covered',
  'interval-missing',
  'station-unknown',
  'outside-interval',
  'seat-class-not-covered',
  'outside-year',
] as const;
export type EntitlementReason = (typeof entitlementReasons)[number];

export type EntitlementVerdict =
  | { readonly eligible: true; readonly validUntil: string }
  | { readonly eligible: false; readonly reason: EntitlementReason };

export const notEligible = (reason: EntitlementReason) => ({ eligible: false, reason }) as const;
