import { Refusal } from '@lanyard/platform';
import type { EntitlementDefinition } from '../../domain/entitlements/entitlement.js';
import { findEntitlement } from '../../domain/entitlements/rail-student-discount.js';
import type { Partner } from '../../domain/partners/partner.js';
import { findPurpose, type Purpose } from '../../domain/verifications/purposes.js';
import type { CheckpointStore } from '../../storage/checkpoint-store.js';
import type { PartnerStore } from '../../storage/partner-store.js';
import { requireCheckpoint } from '../checkpoint-routes.js';

/** A counter as it works now: for whom, and which discount. */
export interface OpenCounter {
  readonly checkpointId: string;
  readonly partner: Partner;
  readonly purpose: Purpose;
  readonly entitlement: EntitlementDefinition;
}

/**
 * A counter whose partner may still ask for its discount; a partner can change after the counter was set up.
 * @throws Refusal `checkpoint-not-found`, `counter-off`
 */
export async function requireCounter(
  deps: { checkpoints: CheckpointStore; partners: Pick<PartnerStore, 'find'> },
  checkpointId: string,
): Promise<OpenCounter> {
  const { counter } = await requireCheckpoint(deps.checkpoints, checkpointId);
  const entitlement = counter === undefined ? undefined : findEntitlement(counter.entitlement);
  const partner = counter === undefined ? undefined : await deps.partners.find(counter.partner);
  const purpose = entitlement === undefined ? undefined : findPurpose(entitlement.purpose);
  if (entitlement === undefined || purpose === undefined || partner === undefined) throw new Refusal('counter-off');
  if (partner.sandbox || !partner.purposes.includes(purpose.id)) throw new Refusal('counter-off');
  return { checkpointId, partner, purpose, entitlement };
}
