import { dayInShanghai } from '@lanyard/platform';
import type { ActiveSigner } from '../../adapters/signers.js';
import { type CheckAnswer, zCheckAnswer } from '../../api/partner.js';
import { entitledYear } from '../../domain/entitlements/entitled-year.js';
import { ENTITLEMENTS } from '../../domain/entitlements/rail-student-discount.js';
import { disclosedTo, type PartnerCheck } from '../../domain/partners/check.js';
import type { Partner } from '../../domain/partners/partner.js';
import { createReceipt } from '../../domain/partners/receipt.js';
import type { EntitlementStore } from '../../storage/entitlement-store.js';
import { reasonTitles } from './reason-titles.js';

export interface CheckAnswerDeps {
  entitlements: Pick<EntitlementStore, 'left'>;
  receiptSigner: () => ActiveSigner;
  verifierUrl: string;
}

/** The discount a check's purpose is about, if any. */
export const entitlementOf = (check: Pick<PartnerCheck, 'purpose'>) =>
  ENTITLEMENTS.find(({ purpose }) => purpose === check.purpose);

/** What a partner is told of a check that was kept, with a receipt and the uses that are left at this moment. */
export async function checkAnswer(deps: CheckAnswerDeps, partner: Partner, check: PartnerCheck): Promise<CheckAnswer> {
  const claims = disclosedTo(partner, check);
  const { kidText: kid, sign } = deps.receiptSigner();
  const told = {
    ...{ id: check.id, purpose: check.purpose, at: new Date(check.atMs).toISOString(), claims },
    ...(check.passengerMatched ? { passenger: 'match' as const } : {}),
    receipt: createReceipt(check, { issuer: deps.verifierUrl, claims, kid, sign }),
  };
  const { outcome } = check;
  if (outcome.result === 'not-eligible') {
    return zCheckAnswer.parse({ ...told, ...outcome, ...reasonTitles(outcome.reason) });
  }
  const uses = await usesLeft(deps, check);
  const entitlement = uses === undefined ? {} : { entitlement: uses };
  return zCheckAnswer.parse({ ...told, result: 'eligible', valid_until: outcome.validUntil, ...entitlement });
}

/** The uses of the year of a check, as they stand at this moment. */
export async function usesLeft(deps: Pick<CheckAnswerDeps, 'entitlements'>, check: PartnerCheck) {
  const entitlement = entitlementOf(check);
  if (entitlement === undefined || check.student === undefined) return undefined;
  const { year, from, to } = entitledYear(entitlement, dayInShanghai(check.atMs));
  const left = await deps.entitlements.left(entitlement, Buffer.from(check.student.subject, 'base64url'), year);
  return { id: entitlement.id, year_from: from, year_to: to, uses: entitlement.usesPerYear, left };
}
