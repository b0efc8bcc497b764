import { CHANGE_KINDS, CHANGE_REASONS, type ChangeKind } from '@lanyard/issuer/api';
import { language } from '@lanyard/look/staff/language.js';

/** Kinds a person may choose, the everyday ones first. */
export const CHOSEN_KINDS: readonly ChangeKind[] = [
  ...([
    'leave',
    'return',
    'status-retention',
    'study-change',
    'name-change',
    'admission',
    'admission-retention',
  ] as const),
  ...(['transfer-in', 'transfer-out', 'exchange-guest', 'exchange-out', 'exchange-return', 'graduation'] as const),
  ...(['completion', 'attendance', 'withdrawal', 'expulsion', 'death'] as const),
];
export const REASON_CODES = Object.keys(CHANGE_REASONS) as (keyof typeof CHANGE_REASONS)[];

export function kindText(code: string): string {
  return code in CHANGE_KINDS ? CHANGE_KINDS[code as ChangeKind][language.value] : code;
}

export function changeReasonText(code: string): string {
  return code in CHANGE_REASONS ? CHANGE_REASONS[code as keyof typeof CHANGE_REASONS][language.value] : code;
}

/** Which statuses a kind starts from: what cannot be is not offered. */
export const startsFrom = (kind: ChangeKind, status: string): boolean =>
  (CHANGE_KINDS[kind].from as readonly string[]).includes(status);
export const untilOf = (kind: ChangeKind) => CHANGE_KINDS[kind].until;
export const factsOf = (kind: ChangeKind) => CHANGE_KINDS[kind].facts;
