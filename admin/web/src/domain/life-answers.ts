/** What the issuer answers about a student's life (docs/services.md). */
export interface LifeChange {
  id: number;
  kind: string;
  state: 'planned' | 'in-force' | 'undone' | 'refused';
  effective_date: string;
  until_date: string | null;
  from_status: string | null;
  to_status: string | null;
  facts: Record<string, string> | null;
  document_number: string | null;
  reason_code: string;
  actor: string;
  recorded_at: string;
  undoes: number | null;
  undone_by: number | null;
}

export interface Life {
  version: number;
  enrolment_status: string;
  today: string;
  changes: LifeChange[];
}

export interface Effects {
  student_id: 'valid' | 'suspended' | 'revoked';
  alumni_id: 'valid' | 'suspended' | 'revoked' | 'none';
  sign_in: 'active' | 'closed';
  gates: 'by-policy-and-registration' | 'by-policy' | 'refused';
}

export interface Preview {
  version: number;
  carried_out: 'now' | 'on-its-day';
  effective_date: string | null;
  enrolment_status: { from: string; to: string; today: string };
  effects: { from: Effects; to: Effects };
  holds: { copies: number; gate_keys: number; wallets: number };
  quiet: boolean;
  /** A name whose dot is written as documents have it. */
  mended_name?: { from: string; to: string } | null;
}

export const STANDINGS = ['registered', 'ready', 'fee-unpaid', 'not-present', 'not-enrolled'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Semester {
  id: string;
  opens: string;
  closes: string;
  window: 'not-yet' | 'open' | 'closed';
  registered_until: string;
  needs_fee: boolean;
  presence: 'none' | 'holder' | 'staff';
}

export interface SemesterStandings {
  total: Record<Standing, number>;
  by_college: ({ college: string } & Record<Standing, number>)[];
}

export type BulkKind = 'status-changes' | 'semester-registration' | 'roster-import' | 'roster-undo' | 'portraits';

/** What a file of status changes would do. */
export interface StatusBatch {
  id: number | null;
  accepted: number;
  refused: number;
  findings: { line: number; student_number?: string; code: string }[];
  by_kind: Record<string, number>;
  by_status: { from: string; to: string; students: number }[];
  by_college: { college: string; students: number }[];
  planned: number;
  state_changes: number;
  revocations: number;
  second_person: boolean;
}

export interface BulkRun {
  id: number;
  kind: BulkKind;
  undone_by: string | null;
  expires_at: string | null;
  state: 'waiting-for-second-person' | 'declined' | 'applying' | 'applied' | 'undo-waiting' | 'undoing' | 'undone';
  semester_id: string | null;
  total: number;
  done: number;
  refused: number;
  created_by: string;
  created_at: string;
  rate_per_second: number;
  seconds_left: number | null;
}
