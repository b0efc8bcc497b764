import type { CheckpointPolicy } from '../offline-package/checkpoint-policy.js';
import type { PersonOfRow } from '../offline-package/people-row.js';
import { decideRow } from '../verdict/decide-gate-code.js';
import type { Verdict } from '../verdict/verdict.js';

/**
 * The person of a campus card that the issuer has accepted, against a checkpoint's policy: status, registration, class,
 * hours. The card's own freshness is its counter, which the issuer has moved; no screen challenge can be asked of it,
 * so `requires_challenge` is met by the chip's.
 */
export function decideCardRow(person: PersonOfRow, policy: CheckpointPolicy, nowSeconds: number): Verdict {
  return decideRow(person, 2, policy, { nowSeconds });
}
