import type { RejectedReason, Verdict } from '@lanyard/protocol';
import { decideEntitled } from '../entitlements/decide-entitlement.js';
import type { EntitledStudent, EntitlementDefinition, EntitlementReason } from '../entitlements/entitlement.js';
import type { ShownBy } from '../verifications/trace.js';
import type { Partner, PartnerClaim } from './partner.js';

export type CheckReason = EntitlementReason | RejectedReason;

/** How the student agreed: by showing a code, by a tap of the card, by pressing in the wallet. */
export const consentKinds = ['code', 'card', 'presentation'] as const;
export type ConsentKind = (typeof consentKinds)[number];

/** How the issuer is told who was shown or, after a check, by the subject the partner knows. */
export type NamedBy = ShownBy | { readonly subject: string };

/** What a check came to. `cannot-decide` proves nothing about anybody: try again, or ask for another proof. */
export type CheckOutcome =
  | { readonly result: 'eligible'; readonly validUntil: string }
  | { readonly result: 'not-eligible'; readonly reason: CheckReason }
  | { readonly result: 'cannot-decide'; readonly reason: string };

/** A check as it is kept and told. */
export interface PartnerCheck {
  readonly id: string;
  readonly partnerId: string;
  readonly purpose: string;
  readonly outcome: Exclude<CheckOutcome, { result: 'cannot-decide' }>;
  readonly student: EntitledStudent | undefined;
  readonly scheme: string | null;
  readonly atMs: number;
  /** The consent this check is: its kind, and what was agreed at that time to be told. */
  readonly kind: ConsentKind;
  readonly claims: readonly PartnerClaim[];
  /** True once the passenger was found to be the student. */
  readonly passengerMatched: boolean;
}

/** A check as its student and its partner's staff may see it: what was asked, when, and that it came to something. */
export interface ConsentView {
  readonly check: string;
  readonly partner: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly purpose: string;
  readonly kind: ConsentKind;
  readonly claims: readonly PartnerClaim[];
  readonly at: string;
  readonly result: 'eligible' | 'not-eligible';
  readonly reason: string | null;
  readonly revoked_at: string | null;
}

/** Refusals about a person who was proved: what the register says is the better reason. */
const ABOUT_THE_PERSON: ReadonlySet<string> = new Set(['suspended', 'revoked', 'not-registered', 'not-permitted']);

/**
 * The outcome of a verdict for a partner. Where a discount hangs on the purpose, its rules speak about the person; a
 * proof that was stopped (a lost phone) stays refused whatever the register says.
 */
export function outcomeOf(
  verdict: Verdict,
  facts: {
    readonly student: EntitledStudent | undefined;
    readonly entitlement: EntitlementDefinition | undefined;
    readonly today: string;
  },
): CheckOutcome {
  if (verdict.verdict === 'cannot-decide') return { result: 'cannot-decide', reason: verdict.reason };
  const { student, entitlement, today } = facts;
  if (verdict.verdict === 'rejected' && !ABOUT_THE_PERSON.has(verdict.reason)) return refused(verdict.reason);
  if (entitlement === undefined || student === undefined) {
    return verdict.verdict === 'rejected' ? refused(verdict.reason) : { result: 'eligible', validUntil: today };
  }
  const entitled = decideEntitled(entitlement, student, today);
  if (!entitled.eligible) return refused(entitled.reason);
  if (verdict.verdict === 'rejected') return refused(verdict.reason);
  return { result: 'eligible', validUntil: entitled.validUntil };
}

/** Whether the register is asked who was shown: for whoever was proved, and no one else. */
export function asksRegister({ verdict, reason }: { verdict: string; reason?: string | null | undefined }): boolean {
  return verdict === 'accepted' || (verdict === 'rejected' && ABOUT_THE_PERSON.has(reason ?? ''));
}

const refused = (reason: CheckReason) => ({ result: 'not-eligible', reason }) as const;

/**
 * Only what was agreed when the check was made and still is, and only about somebody who is eligible: a refusal tells its
 * reason and nothing more.
 */
export function disclosedTo(
  partner: Pick<Partner, 'claims'>,
  check: Pick<PartnerCheck, 'outcome' | 'student' | 'claims'>,
) {
  const { student } = check;
  if (student === undefined || check.outcome.result !== 'eligible') return {};
  const all: Record<PartnerClaim, unknown> = {
    level: student.level,
    study_form: student.studyForm,
    enrolment_status: student.enrolmentStatus,
    registered_until: student.registeredUntil,
    interval: student.interval,
  };
  return Object.fromEntries(
    check.claims
      .filter((name) => partner.claims.includes(name))
      .map((name) => [name, all[name]])
      .filter(([, value]) => value !== undefined),
  );
}
