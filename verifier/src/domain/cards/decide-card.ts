import type { IssuerTapResult } from '@lanyard/platform';
import { type CheckpointPolicy, cannotDecide, decodeRowState, rejected, type Verdict } from '@lanyard/protocol';
import { decideCardRow } from '@lanyard/protocol/nfc';

/** The verdict for a gate. */
export type DecidedTap = Verdict & {
  readonly id: string;
  readonly row?: number;
  readonly portrait_id?: string;
};

/** What the issuer says of one person: newer than the mirror, where who has a card and no phone is not at all. */
export interface HolderFacts {
  readonly row: number;
  /** The byte of a people row. */
  readonly state: number;
  readonly policy_class: number;
}

/** A person the issuer tells of against a policy. */
export function decideHolder(holder: HolderFacts, policy: CheckpointPolicy, nowSeconds: number): Verdict {
  const state = decodeRowState(holder.state);
  if (state === undefined) return cannotDecide('internal');
  const person = { rowNumber: holder.row, policyClass: holder.policy_class, state, portraitId: undefined };
  return decideCardRow(person, policy, nowSeconds);
}

/** A read against the policy of a checkpoint. */
export function decideTap(result: IssuerTapResult, policy: CheckpointPolicy, nowSeconds: number): DecidedTap {
  const { id } = result;
  if (result.result === 'rejected') return { id, ...rejected(result.reason) };
  const { holder } = result;
  const { row, portrait_id } = holder;
  const verdict = decideHolder(holder, policy, nowSeconds);
  if (verdict.reason === 'internal') return { id, ...verdict };
  return { id, ...verdict, row, ...(portrait_id !== undefined && policy.show_portrait ? { portrait_id } : {}) };
}

/** Whether the public page says valid: a card in use, of somebody whose student ID is. No policy of any place is asked. */
export function isValidCard(result: IssuerTapResult): boolean {
  if (result.result === 'rejected') return false;
  const state = decodeRowState(result.holder.state);
  return state !== undefined && !state.revoked && !state.suspended && !state.stopped;
}
