import type { Counter, PartnerView } from './answers.js';

/** Discounts a counter can show, each with the purpose its partner has to have agreed. */
export const COUNTER_ENTITLEMENTS = [{ id: 'rail-student-discount', purpose: 'rail-discount' }] as const;

export type CounterFault = 'withdrawn' | 'sandbox' | 'purpose';

/** Why a counter shows nothing now: its partner can change after it was set up. Undefined where it works. */
export function counterFault(counter: Counter, partners: readonly PartnerView[]): CounterFault | undefined {
  const partner = partners.find(({ id }) => id === counter.partner);
  if (partner === undefined || partner.withdrawn) return 'withdrawn';
  if (partner.sandbox) return 'sandbox';
  const purpose = COUNTER_ENTITLEMENTS.find(({ id }) => id === counter.entitlement)?.purpose;
  return purpose !== undefined && !partner.purposes.includes(purpose) ? 'purpose' : undefined;
}

/** Refusals of the verifier after which the page says what to do, by the key of that text. */
const HINTED = ['counter-shows-people', 'counter-of-sandbox', 'purpose-not-agreed', 'partner-not-found'] as const;
export function counterHint(code: string): `counter-hint-${(typeof HINTED)[number]}` | 'nothing-changed' {
  const known = HINTED.find((one) => one === code);
  return known === undefined ? 'nothing-changed' : `counter-hint-${known}`;
}
