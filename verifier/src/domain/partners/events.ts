/**
 * What a partner can be told by webhook, as data. An event names a check or a use by the id the partner has from us, or
 * says what of its own registration changed: never who it is about. A use of a counter has the id of its check.
 */
export const PARTNER_EVENTS = {
  'check.answered': {
    about: 'check',
    zh: '学生在钱包里同意了，核验已有结果',
    en: 'The student agreed in the wallet: the check has its result',
  },
  'check.ended': {
    about: 'check',
    zh: '核验没有结果（拒绝、过期或无法判断）',
    en: 'A check ended without a result: declined, expired, undecided',
  },
  'use.expired': { about: 'use', zh: '保留的一次使用到时未确认', en: 'A use that was held has expired' },
  'use.redeemed': {
    about: 'use',
    zh: '在学校的优惠柜台用了一次',
    en: 'A trip was used at a counter of the university',
  },
  'use.refunded': {
    about: 'use',
    zh: '在学校的优惠柜台退回一次',
    en: 'A trip was given back at a counter of the university',
  },
  'consent.revoked': {
    about: 'check',
    zh: '学生撤回了同意：请停止使用这次核验',
    en: 'The student took consent back: stop using this check',
  },
  'eligibility.ended': {
    about: 'check',
    zh: '此前核验为符合的人已不再符合',
    en: 'Whoever this check found eligible is so no longer',
  },
  'partner.changed': {
    about: 'partner',
    zh: '登记内容变了（密钥、用途、额度等）',
    en: 'Your registration changed: keys, purposes, quotas',
  },
  'callback.test': { about: 'partner', zh: '测试', en: 'A test you asked for' },
} as const satisfies Record<string, { about: 'check' | 'use' | 'partner'; zh: string; en: string }>;

export type PartnerEventKind = keyof typeof PARTNER_EVENTS;
export const partnerEventKinds = Object.keys(PARTNER_EVENTS) as [PartnerEventKind, ...PartnerEventKind[]];

/** Parts of a registration whose change a partner is told. */
export const registrationParts = ['keys', 'purposes', 'claims', 'quotas', 'certificates', 'callback', 'other'] as const;
export type RegistrationPart = (typeof registrationParts)[number];

/** An event as it is written down: exactly what will be told. */
export type NewPartnerEvent =
  | {
      readonly kind: 'check.answered' | 'consent.revoked' | 'eligibility.ended';
      readonly data: { readonly check: string };
    }
  | { readonly kind: 'check.ended'; readonly data: { readonly check: string; readonly reason: string } }
  | { readonly kind: 'use.expired'; readonly data: { readonly use: string } }
  | {
      readonly kind: 'use.redeemed' | 'use.refunded';
      readonly data: { readonly use: string; readonly checkpoint: string };
    }
  | { readonly kind: 'partner.changed'; readonly data: { readonly changed: readonly RegistrationPart[] } }
  | { readonly kind: 'callback.test'; readonly data: Record<string, never> };

/** An event that is to be delivered now. */
export interface DueEvent {
  readonly id: string;
  readonly partnerId: string;
  readonly kind: PartnerEventKind;
  readonly data: Record<string, unknown>;
  readonly atMs: number;
  readonly url: string;
}

const FIRST_RETRY_SECONDS = 30;
const LONGEST_RETRY_SECONDS = 6 * 3_600;

/** How long after attempt `n` (from 1) the next may begin: half a minute, doubled each time, six hours at most. */
export function retryAfterSeconds(attempt: number): number {
  return Math.min(FIRST_RETRY_SECONDS * 2 ** Math.min(attempt - 1, 20), LONGEST_RETRY_SECONDS);
}
