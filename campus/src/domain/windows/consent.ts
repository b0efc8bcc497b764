import type { PersonId } from '../people/person.js';

/** How a student said yes at a window: on the own phone, or by showing the code of that moment once more. */
export const CONSENT_WAYS = ['phone', 'scan'] as const;
export type ConsentWay = (typeof CONSENT_WAYS)[number];

/** What stands in events of a case that a clerk did for its applicant. */
export interface OnBehalf {
  readonly of: PersonId;
  readonly window: string;
  readonly confirmed: ConsentWay;
}

declare const consented: unique symbol;
/**
 * The proof that a student agreed to what a clerk wrote for him at a window. Only the row of a request that was waiting
 * and is not any more is one (storage/window-request-store.ts), so no clerk acts for anybody who said nothing.
 */
export type WindowConsent = OnBehalf & { readonly [consented]: true };

/** For the store that has just taken the answer, and for tests of the engine. */
export const consentOf = (row: OnBehalf): WindowConsent => row as WindowConsent;
