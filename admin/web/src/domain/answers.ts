/** What issuer and verifier answer, as far as the pages read it (docs/services.md). */
export type CredentialState = 'valid' | 'suspended' | 'revoked';

export interface StudentRow {
  student_number: string;
  name: string;
  name_latin: string;
  college: string;
  major: string;
  class: string;
  enrolment_status: string;
  credential_state: CredentialState;
  registered_until: string | null;
}

export interface StudentPageAnswer {
  students: StudentRow[];
  next: string | null;
  estimate: number;
}

export interface Student extends StudentRow {
  sex: string;
  birth_date: string;
  ethnicity: string | null;
  identity_document_type: string;
  identity_number_masked: string;
  grade: string | null;
  level: string;
  length_of_study: number;
  study_form: string;
  entry_date: string;
  expected_graduation: string;
  campus: string | null;
  /** Where the student lives, as the dormitory system says; empty where it says nothing. */
  building: string;
  rail_from: string | null;
  rail_to: string | null;
  has_portrait: boolean;
  hold: 'none' | 'suspended' | 'revoked';
  reason_code: string | null;
  document_number: string | null;
  held_at: string | null;
  wallets: number;
  copies: number;
  gate_key_since: string | null;
  changes: { id: number; at: string; action: string; actor: string; detail: Record<string, unknown> | null }[];
}

export interface Offer {
  wallet_link: string;
  tx_code?: string;
  expires_at: string;
}

export interface Summary {
  credential_states: { credential_state: CredentialState; students: number; with_wallet: number }[];
  enrolment_statuses: { enrolment_status: string; students: number }[];
  colleges: { college: string; students: number }[];
}

export interface Finding {
  line: number;
  verdict: 'reject' | 'repair' | 'keep';
  code: string;
  column?: string;
  same_as_line?: number;
  found?: string;
  becomes?: string;
}

export interface FieldChange {
  column: string;
  from?: string;
  to?: string;
}

export interface Difference {
  new: number;
  changed: number;
  unchanged: number;
  absent: number;
  conflicts: number;
  state_changes: number;
  revocations: number;
  existing: number;
  new_students: { line: number; student_number: string; name: string }[];
  changed_students: { line: number; student_number: string; changes: FieldChange[] }[];
  absent_students: string[];
  conflicting_rows: { line: number; student_number: string; same_as_student_number: string }[];
}

export interface ImportReport {
  state: 'dry-run' | 'applied' | 'applying' | 'waiting-for-second-person' | 'refused-bad-rows' | 'declined';
  encoding: 'utf-8' | 'gb18030';
  format?: 'csv' | 'xlsx';
  sheet?: { name: string; of: number };
  run_id?: number;
  file_digest: string;
  rows: number;
  importable: number;
  rejected: number;
  findings: Finding[];
  findings_left_off: number;
  ignored_columns: string[];
  difference: Difference;
}

export interface RecordedImport {
  id: number;
  state: 'applied' | 'applying' | 'waiting-for-second-person' | 'declined';
  created_by: string;
  created_at: string;
  decided_by: string | null;
  applied_at: string | null;
  expires_at: string | null;
  report: Omit<ImportReport, 'state'>;
  run_id: number | null;
  undo: { id: number; state: string } | null;
  undoable: boolean;
}

/** What undoing an import would do, and what it leaves. */
export interface UndoPlan {
  id: number | null;
  withdrawn: number;
  restored: number;
  kept: number;
  kept_students: { line: number; student_number: string; code: 'changed-since' | 'identity-in-use' }[];
  revocations: number;
  second_person: boolean;
  plan: string;
}

export interface WaitingPortrait {
  id: number;
  student_number: string;
  name: string;
  college: string;
  class: string;
  submitted_by: string;
  submitted_at: string;
  has_portrait: boolean;
}

export interface AuditRow {
  id: number;
  at: string;
  action: string;
  content: { actor?: string; subject?: string; detail?: Record<string, unknown> } | null;
  sequence: number | null;
  link: string | null;
}

export interface AuditCheck {
  ok: boolean;
  rows: number;
  unsealed: number;
  broken?: { sequence: number; fault: string };
}

export type VerdictName = 'accepted' | 'rejected' | 'cannot-decide';

export interface PartnerView {
  id: string;
  name_zh: string;
  name_en: string;
  purposes: ('student-status' | 'rail-discount' | 'certificate-pickup')[];
  claims: ('level' | 'study_form' | 'enrolment_status' | 'registered_until' | 'interval')[];
  checks_per_day: number;
  sandbox: boolean;
  withdrawn: boolean;
  callback?: { url: string; events: string[] };
}

/** What a partner was told, or was to be. */
export interface PartnerEventView {
  id: string;
  kind: string;
  at: string;
  state: 'waiting' | 'delivered' | 'given-up';
  attempts: number;
  last_code: string | null;
}

/** Whose discount is shown at a checkpoint. */
export interface Counter {
  partner: string;
  entitlement: string;
}

export interface Checkpoint {
  id: string;
  number: string;
  name_zh: string;
  name_en: string;
  policy: Record<string, unknown>;
  counter: Counter | null;
}

export interface CheckpointCounts {
  totals: Record<VerdictName, number>;
}

export interface Agent {
  id: string;
  checkpoint_id: string;
  name: string | null;
  enrolled_at: string;
  withdrawn_at: string | null;
  last_contact_at: string | null;
  package_sequence: number | null;
  journal_sequence: number | null;
}

/** An NFC tag at a door; `touches` opened a wallet, `replays` came a second time. */
export interface DoorTag {
  number: number;
  checkpoint_id: string;
  name: string;
  last_tap_at: string | null;
  touches: number;
  replays: number;
  withdrawn_at: string | null;
}

/** What its writer needs, in hexadecimal; keys come this once. */
export interface MadeDoorTag {
  number: number;
  file: string;
  settings: string;
  keys: string[];
}

/** A checkpoint opened or locked for a time. */
export interface EmergencyMode {
  checkpoint: string;
  mode: 'open' | 'lock';
  reason: string;
  set_by: string;
  from: string;
  until: string;
}

/** Somebody a checkpoint lets in past its package's time, by row. */
export interface EmergencyListing {
  checkpoint: string;
  row: number;
  reason: string;
  listed_by: string;
  at: string;
  until: string;
  /** Whether packages still have the row. */
  in_packages: boolean;
}

/** One code that two gates took while they could not hear each other. */
export interface DoubleUse {
  id: number;
  zone: string;
  found_at: string;
  passages: { checkpoint: string; agent: string; at: string }[];
}

/** Who let in by hand in the last seven days, and each time. */
export interface GuardReleases {
  counts: { actor: string; n: number; last_at: string }[];
  releases: { id: number; checkpoint: string; actor: string; reason: string; at: string }[];
  next: number | null;
}

export interface LiveEvent {
  n: number;
  at: string;
  checkpoint: string;
  source: 'gate' | 'online';
  verdict: VerdictName;
  reason: string | null;
}

export type CardState = 'personalising' | 'stock' | 'bound' | 'suspended' | 'lost' | 'replaced';

export interface Card {
  number: string;
  key_version: number;
  state: CardState;
  student_number: string | null;
  last_tap_at: string | null;
  replays: number;
  last_replay_at: string | null;
}

export interface CardBatch {
  key_version: number;
  name: string;
  created_at: string;
  closed_at: string | null;
  cards: Partial<Record<CardState, number>>;
}

export interface Personalisation {
  id: string;
  outcome: 'running' | 'done' | 'failed' | 'torn';
  reason: string | null;
  started_at: string;
  card_number: string | null;
  last_step: string | null;
  sequence: number;
}

/** A document a case issued to a student. */
export interface StudentDocument {
  readonly number: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly state: 'valid' | 'revoked' | 'expired';
  readonly issued_on: string;
  readonly expires_on: string;
}
