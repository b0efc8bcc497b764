import { dayInShanghai, Refusal } from '@lanyard/platform';
import type { PartnerCheck } from '../../domain/partners/check.js';
import type { Partner } from '../../domain/partners/partner.js';
import { entitlementOf } from './check-answer.js';

/**
 * What a use is taken by: the discount a check of `today` found, and whose it is.
 * @throws Refusal `check-not-eligible`, `check-too-old`, `passenger-not-matched`
 */
export function requireUsable(partner: Pick<Partner, 'match_passenger'>, check: PartnerCheck, today: string) {
  const entitlement = entitlementOf(check);
  const { student } = check;
  if (check.outcome.result !== 'eligible' || student === undefined || entitlement === undefined)
    throw new Refusal('check-not-eligible');
  if (dayInShanghai(check.atMs) !== today) throw new Refusal('check-too-old');
  if (partner.match_passenger && !check.passengerMatched) throw new Refusal('passenger-not-matched');
  return { entitlement, student, subject: Buffer.from(student.subject, 'base64url') };
}
