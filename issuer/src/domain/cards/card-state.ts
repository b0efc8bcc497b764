/** Life of a campus card. `personalising` is no stock yet: a torn card waits there until it is put on the reader again. */
export const CARD_STATES = ['personalising', 'stock', 'bound', 'suspended', 'lost', 'replaced'] as const;
export type CardState = (typeof CARD_STATES)[number];

/** Verbs on a card that has an owner, the states they start from and what they lead to. `lost` and `replaced` are ends. */
export const CARD_VERBS = {
  suspend: { from: ['bound'], to: 'suspended', action: 'card.suspended' },
  reinstate: { from: ['suspended'], to: 'bound', action: 'card.reinstated' },
  'report-lost': { from: ['bound', 'suspended'], to: 'lost', action: 'card.lost' },
} as const satisfies Record<string, { from: readonly CardState[]; to: CardState; action: string }>;
export type CardVerb = keyof typeof CARD_VERBS;

/** Why a read of a genuine card does not count, by the card's state; undefined where it does. */
export function refusalOfState(state: CardState): 'unknown-handle' | 'suspended' | 'revoked' | undefined {
  if (state === 'bound') return undefined;
  if (state === 'suspended') return 'suspended';
  return state === 'lost' || state === 'replaced' ? 'revoked' : 'unknown-handle';
}
