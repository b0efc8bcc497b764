import { ApiProblem, readProblem } from '@lanyard/look/staff/api-problem.js';
import type { VerdictName } from '@lanyard/look/staff/verdict-sound.js';

export { ApiProblem };

/** What the staff page may call with its session cookie (docs/services.md, verifier). */
export interface Me {
  expires_at: string;
  /** Null where a link opened the session. */
  name: string | null;
  /** `guard@campus:花都校区` */
  roles: string[];
  checkpoints: {
    id: string;
    name_zh: string;
    name_en: string;
    show_portrait: boolean;
    guard_release: boolean;
    anti_passback: boolean;
    /** A service window opens pages at once, or after the student's nod. */
    window_mode: 'off' | 'open' | 'nod';
    /** A counter shows a discount instead of a person. */
    counter: { name_zh: string; name_en: string } | null;
  }[];
  /** What the roles allow for somebody who has nothing to show. */
  duties: { guard: boolean; print: boolean };
  purposes: { id: string; name_zh: string; name_en: string }[];
}

export interface Answer {
  verdict: VerdictName;
  reason?: string;
  title_zh: string;
  title_en: string;
  freshness: { people_issued_at: string | null; age_seconds: number | null };
  scheme: string | null;
  marks: string[];
  face?: { name: string; portrait: string | null };
  /** For a clerk at a checkpoint in window mode. */
  person?: FoundPerson;
  /** At a window that asks for a nod: what the question to the student names. */
  arrival?: string;
}

/** Where is verified: a checkpoint with its policy, or a purpose. */
export type Place = { checkpoint: string } | { purpose: string };

const TIMEOUT_MS = 10_000;

async function call<T>(path: string, body?: unknown, waitSeconds = 0): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS + waitSeconds * 1000),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
  } catch {
    throw new ApiProblem('network', 0);
  }
  if (response.ok) return (await response.json()) as T;
  throw readProblem(response.status, await response.text().catch(() => ''));
}

/** Uses a link up. @throws {ApiProblem} `staff-link-invalid` */
export const openSession = (code: string) => call<{ expires_at: string }>('/staff/session', { code });
/** Ends the session here; answers where one is signed out everywhere, if one came from there. */
export const endSession = () => call<{ logout_url: string | null }>('/staff/session/end', {});
/** What the browser hands to wallets, of a request made under this session. */
export const makeDcRequest = (purpose: string) =>
  call<{ id: string; dc_request: object }>('/v1/staff/dc-requests', { purpose });
/** @throws {ApiProblem} `presentation-answer-refused`, `presentation-request-over` */
export const answerDcRequest = (id: string, data: unknown) =>
  call<Pick<Answer, 'verdict' | 'reason' | 'title_zh' | 'title_en'>>(`/v1/staff/dc-requests/${id}/answer`, { data });
/** A student as a guard or clerk finds him; `look` is what the next step names. */
export interface FoundPerson {
  look: string;
  name: string;
  student_number: string;
  college: string;
  class: string;
  credential_state: 'valid' | 'suspended' | 'revoked';
  registered: boolean;
  in_packages: boolean;
  portrait: string | null;
}
export const findPeople = (q: string) =>
  call<{ people: FoundPerson[]; more: boolean }>('/v1/staff/people-searches', { q });
export const letIn = (checkpoint: string, look: string, reason: string) =>
  call<{ gate: 'ordered' | 'offline' }>('/v1/staff/releases', { checkpoint, look, reason });
export const forgive = (checkpoint: string, look: string) =>
  call<Record<string, never>>('/v1/staff/forgivings', { checkpoint, look });
export interface PaperPass {
  code: string;
  name: string;
  /** JPEG, base64. */
  portrait: string;
  valid_until: string;
}
export const printPass = (look: string, reason: string) => call<PaperPass>('/v1/staff/paper-passes', { look, reason });
/** The issuer's closed list of what a window may ask for. */
export const NOD_PURPOSES = ['affairs', 'documents', 'card', 'other'] as const;
export type NodState = 'asked' | 'agreed' | 'refused' | 'nothing';
export const fetchArrivals = (checkpoint: string, after: number, waitSeconds: number) =>
  call<{ arrivals: { id: string; scheme: string; at: string }[]; last: number }>(
    `/v1/staff/arrivals?checkpoint=${encodeURIComponent(checkpoint)}&after=${after}&wait=${waitSeconds}`,
    undefined,
    waitSeconds,
  );
export const openArrival = async (id: string) =>
  (await call<{ person: FoundPerson }>(`/v1/staff/arrivals/${id}/open`, {})).person;
export const askNod = (id: string, purpose: (typeof NOD_PURPOSES)[number]) =>
  call<{ expires_at: string; without_nod: boolean }>(`/v1/staff/arrivals/${id}/nod`, { purpose });
export const readNod = (id: string, waitSeconds: number) =>
  call<{ state: NodState; person?: FoundPerson }>(
    `/v1/staff/arrivals/${id}/nod?wait=${waitSeconds}`,
    undefined,
    waitSeconds,
  );
export const openWithoutNod = async (id: string, reason: string) =>
  (await call<{ person: FoundPerson }>(`/v1/staff/arrivals/${id}/without-nod`, { reason })).person;
/** The discount of who has tapped at a counter; nobody is named. */
export type CounterAnswer =
  | {
      result: 'eligible';
      tap: string;
      /** How long the tap is still good, from when this was told. */
      good_seconds: number;
      valid_until: string;
      interval: { from: string; to: string } | null;
      year_from: string;
      year_to: string;
      uses: number;
      left: number;
      this_tap: 'unused' | 'used' | 'given-back';
      used_today: { use: string; at: string }[];
    }
  | {
      result: 'not-eligible';
      tap: string;
      good_seconds: number;
      reason: string;
      title_zh: string;
      title_en: string;
    }
  | { result: 'cannot-decide'; reason: string; title_zh: string; title_en: string };
export const fetchCounterTaps = (checkpoint: string, after: number, waitSeconds: number) =>
  call<{ arrivals: { id: string; scheme: string; at: string }[]; last: number }>(
    `/v1/staff/counter-taps?checkpoint=${encodeURIComponent(checkpoint)}&after=${after}&wait=${waitSeconds}`,
    undefined,
    waitSeconds,
  );
export const openCounterTap = (tap: string) => call<CounterAnswer>(`/v1/staff/counter-taps/${tap}/open`, {});
/** Counts once for a tap, however often it is sent. */
export const useTrip = (tap: string) => call<CounterAnswer>(`/v1/staff/counter-taps/${tap}/use`, {});
export const giveTripBack = (tap: string, use: string) =>
  call<CounterAnswer>(`/v1/staff/counter-taps/${tap}/refunds`, { use });
export const scanAtCounter = (checkpoint: string, code: string) =>
  call<CounterAnswer>('/v1/staff/counter-scans', { checkpoint, code });
export const fetchMe = () => call<Me>('/v1/staff/me');
export const verify = (code: string, place: Place) => call<Answer>('/v1/verifications', { code, ...place });
