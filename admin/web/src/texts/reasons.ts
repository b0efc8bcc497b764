import { HOLD_REASONS } from '@lanyard/issuer/api';
import { language } from '@lanyard/look/staff/language.js';

export type HoldVerb = 'suspend' | 'reinstate' | 'revoke';
type ReasonCode = keyof typeof HOLD_REASONS;

/** Reasons offered for each act, the likeliest first; the codes and texts are the issuer's. */
export const REASONS_BY_VERB: Readonly<Record<HoldVerb, readonly ReasonCode[]>> = {
  suspend: ['lost-phone', 'lost-card', 'misuse', 'investigation', 'data-error', 'holder-request', 'drill'],
  reinstate: ['found', 'resolved', 'holder-request', 'drill'],
  revoke: ['holder-request', 'misuse', 'data-error', 'lost-phone', 'drill'],
};

export function reasonText(code: string): string {
  return code in HOLD_REASONS ? HOLD_REASONS[code as ReasonCode][language.value] : code;
}
