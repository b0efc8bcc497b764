/** Verbs that change a person's hold, the holds they start from and what they lead to. */
export const HOLD_VERBS = {
  suspend: { from: ['none'], to: 'suspended', action: 'credential.suspended' },
  reinstate: { from: ['suspended'], to: 'none', action: 'credential.reinstated' },
  revoke: { from: ['none', 'suspended'], to: 'revoked', action: 'credential.revoked' },
} as const;
export type HoldVerb = keyof typeof HOLD_VERBS;
export type CredentialState = 'valid' | 'suspended' | 'revoked';

/** Reasons staff may give, with the texts holder and staff read. */
export const HOLD_REASONS = {
  'lost-phone': { zh: '手机遗失', en: 'phone lost' },
  'lost-card': { zh: '校园卡遗失', en: 'card lost' },
  misuse: { zh: '违规使用', en: 'misuse' },
  'data-error': { zh: '信息有误', en: 'data error' },
  'holder-request': { zh: '本人申请', en: 'at the holder\u2019s request' },
  investigation: { zh: '核查中', en: 'under review' },
  found: { zh: '已找回', en: 'found again' },
  resolved: { zh: '已核实', en: 'resolved' },
  drill: { zh: '演练', en: 'drill' },
} as const;
export const HOLD_REASON_CODES = Object.keys(HOLD_REASONS) as (keyof typeof HOLD_REASONS)[];
