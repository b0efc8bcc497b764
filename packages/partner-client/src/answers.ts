/** What the partner API answers, as docs/partner-api.md says. */
export interface Interval {
  readonly from: string;
  readonly to: string;
}
/** Only those that were agreed. */
export interface Claims {
  readonly level?: string;
  readonly study_form?: 'full-time' | 'part-time';
  readonly enrolment_status?: string;
  readonly registered_until?: string;
  readonly interval?: Interval;
}
interface KeptCheck {
  readonly id: string;
  readonly purpose: string;
  readonly at: string;
  readonly claims: Claims;
  readonly receipt: string;
  readonly passenger?: 'match';
}
export interface EligibleCheck extends KeptCheck {
  readonly result: 'eligible';
  /** A day, `YYYY-MM-DD`, inclusive. */
  readonly valid_until: string;
  readonly entitlement?: {
    readonly id: string;
    readonly year_from: string;
    readonly year_to: string;
    readonly uses: number;
    readonly left: number;
  };
}
interface Reason {
  readonly reason: string;
  readonly title_zh: string;
  readonly title_en: string;
}
export interface RefusedCheck extends KeptCheck, Reason {
  readonly result: 'not-eligible';
}
/** Proves nothing about anybody, and is not kept: ask again, or take another proof. */
export interface UndecidedCheck extends Reason {
  readonly result: 'cannot-decide';
}
export type Check = EligibleCheck | RefusedCheck | UndecidedCheck;

export interface CardTap {
  readonly picc_data: string;
  readonly cmac: string;
  readonly key_version: number;
}
export type Shown = { readonly code: string } | { readonly card_tap: CardTap };

/** What a simulated answer came to. */
export interface SandboxAnswered {
  readonly id: string;
  readonly state: 'answered' | 'ended';
  /** Where the student's browser would go, with the response code. */
  readonly return_to?: string;
}

export interface CheckRequest {
  readonly id: string;
  readonly state: 'open';
  readonly expires_at: string;
  /** For a browser on the student's phone. */
  readonly wallet_link: string;
  /** For a QR code. */
  readonly authorization_request: string;
}
export interface RequestOptions {
  readonly purpose: string;
  readonly flow?: 'cross-device' | 'same-device';
  readonly return_url?: string;
  readonly session?: string;
  /** Seconds, 30 to 600. */
  readonly expires_in?: number;
}
export type CheckRequestState =
  | { readonly id: string; readonly state: 'open' }
  | { readonly id: string; readonly state: 'answered'; readonly check: EligibleCheck | RefusedCheck }
  | ({ readonly id: string; readonly state: 'ended' } & Reason);

/** Amounts in fen. */
export interface Journey {
  readonly travel_date: string;
  readonly from: string;
  readonly to: string;
  readonly seat_class: string;
  readonly charged_fen: number;
  readonly published_fen: number;
}
export interface Use {
  readonly id: string;
  readonly state: 'reserved' | 'redeemed' | 'released' | 'expired' | 'refunded';
  readonly fare_fen: number;
  readonly reserved_until: string;
  readonly left: number;
}
