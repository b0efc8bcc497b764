import { HOLD_REASONS } from '@lanyard/issuer/api';
import { language } from '@lanyard/look/staff/language.js';
import type { CardState } from '../domain/answers.js';

export type HoldVerb = 'suspend' | 'reinstate' | 'revoke';
type ReasonCode = keyof typeof HOLD_REASONS;

/** Reasons offered for each act, the likeliest first; the codes and texts are the issuer's. */
export const REASONS_BY_VERB: Readonly<Record<HoldVerb, readonly ReasonCode[]>> = {
  suspend: ['lost-phone', 'lost-card', 'misuse', 'investigation', 'data-error', 'holder-request', 'drill'],
  reinstate: ['found', 'resolved', 'holder-request', 'drill'],
  revoke: ['holder-request', 'misuse', 'data-error', 'lost-phone', 'drill'],
};

export type CardAct = 'bind' | 'suspend' | 'reinstate' | 'report-lost';

/** Reasons offered for each act on a campus card. */
export const CARD_REASONS: Readonly<Record<Exclude<CardAct, 'bind'>, readonly ReasonCode[]>> = {
  suspend: ['lost-card', 'misuse', 'investigation', 'holder-request', 'drill'],
  reinstate: ['found', 'resolved', 'holder-request', 'drill'],
  'report-lost': ['lost-card', 'misuse', 'holder-request'],
};

/** What may be done with a card in each state; the issuer decides, this only says what to offer. */
export const actsOf = (state: CardState): readonly CardAct[] =>
  (({ stock: ['bind'], bound: ['suspend', 'report-lost'], suspended: ['reinstate', 'report-lost'] }) as const)[
    state as 'stock' | 'bound' | 'suspended'
  ] ?? [];

export function reasonText(code: string): string {
  return code in HOLD_REASONS ? HOLD_REASONS[code as ReasonCode][language.value] : code;
}
