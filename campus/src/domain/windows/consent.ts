import type { PersonId } from '../people/person.js';

/** How somebody was read at a window: the code of his phone, or a tap of phone or campus card at the window's reader. */
export const READ_WAYS = ['scan', 'phone-tap', 'card-tap'] as const;
export type ReadWay = (typeof READ_WAYS)[number];

/** How a student said yes at a window: on the own phone, or by being read once more after what was written was shown. */
export type ConsentWay = 'phone' | ReadWay;

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
