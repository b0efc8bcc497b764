import type { FareRule } from './entitlement.js';

/**
 * What a student pays, in fen: the percentage of its basis rounded half up, not below the floor, and never more than
 * what anybody pays: a ticket already sold below the floor stays at its price.
 */
export function studentFare(rule: FareRule, price: { readonly chargedFen: number; readonly publishedFen: number }) {
  const basis = rule.basis === 'charged' ? price.chargedFen : price.publishedFen;
  const floor = Math.ceil((price.publishedFen * (rule.floorPercent ?? 0)) / 100);
  return Math.min(price.chargedFen, Math.max(Math.floor((basis * rule.percent + 50) / 100), floor));
}
