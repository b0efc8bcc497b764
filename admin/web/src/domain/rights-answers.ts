/** What the issuer answers about openings and corrections; times in Unix seconds. */
export const APPROVER_ROLES = ['data-protection-officer', 'security-auditor', 'registrar'] as const;
export type ApproverRole = (typeof APPROVER_ROLES)[number];

export interface OpeningView {
  id: string;
  state: 'requested' | 'declined' | 'opened' | 'expired';
  reason: string;
  document_number: string;
  student_number: string | null;
  checkpoint: string | null;
  from: number;
  to: number;
  approvals: { role: ApproverRole; at: number }[];
  decline_reason: string | null;
  readable_until: number | null;
}
export interface PassageView {
  checkpoint: { id: string; name_zh: string; name_en: string };
  at: number;
  verdict: 'accepted' | 'rejected' | 'cannot-decide';
  person: { student_number: string; name: string; college: string } | null;
}
export interface CorrectionView {
  id: string;
  field: string;
  wanted: string;
  reason: string;
  asked_at: number;
  student_number: string;
  name: string;
  college: string;
}
/** Carried out by a status change; any other field waits for the next roster. */
export const CHANGED_AT_ONCE: readonly string[] = ['name', 'college', 'major', 'class'];

/** `2026-11-23T14:05` of a field of the university's time, as seconds. */
export const secondsOfField = (text: string): number => Math.floor(Date.parse(`${text}:00+08:00`) / 1000);
export const fieldOfSeconds = (seconds: number): string =>
  new Date((seconds + 8 * 3600) * 1000).toISOString().slice(0, 16);
export const momentOf = (seconds: number): string => fieldOfSeconds(seconds).replace('T', ' ');
