import type { EntitlementReason } from '../../domain/entitlements/entitlement.js';
import { titlesOf } from '../../domain/verifications/verification.js';

/** Why a check that waited for the student came to nothing. */
export const endReasons = ['expired', 'declined', 'wallet-error', 'query-not-satisfied'] as const;

const ENDS: Record<string, [zh: string, en: string]> = {
  expired: ['时间已过，没有答复', 'Nobody answered in time'],
  declined: ['学生没有同意', 'The student declined'],
  'wallet-error': ['学生的钱包没能答复', 'The wallet could not answer'],
  'query-not-satisfied': ['出示的不是所要的证件', 'Another credential was shown'],
};

/** What a partner's staff tell the student. */
const TITLES: Record<Exclude<EntitlementReason, 'suspended' | 'not-registered'>, [zh: string, en: string]> = {
  'not-a-current-student': ['已不是在校学生', 'No longer a student'],
  'not-yet': ['新生尚未注册，请稍后再试', 'Not registered for the first time yet: try again later'],
  'study-form-not-covered': ['学习形式不享受此优惠', 'The form of study is not covered'],
  'interval-missing': ['没有登记乘车区间', 'No home and school stations on record'],
  'station-unknown': ['车站不在名单内', 'A station is not on the list'],
  'outside-interval': ['不在乘车区间内', 'Not between home and school'],
  'seat-class-not-covered': ['席别不享受此优惠', 'The class is not covered'],
  'outside-year': ['不在可用的年度内', 'Outside the years that can be used'],
};

/** Both titles of a reason, of an entitlement or a verdict. */
export function reasonTitles(reason: string): { title_zh: string; title_en: string } {
  const own = TITLES[reason as keyof typeof TITLES] ?? ENDS[reason];
  return own === undefined ? titlesOf(reason) : { title_zh: own[0], title_en: own[1] };
}
