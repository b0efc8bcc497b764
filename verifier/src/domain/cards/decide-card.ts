import type { IssuerTapResult } from '@lanyard/platform';
import { type CheckpointPolicy, cannotDecide, decodeRowState, rejected, type Verdict } from '@lanyard/protocol';
import { decideCardRow } from '@lanyard/protocol/nfc';

/** The verdict for a gate. */
export type DecidedTap = Verdict & {
  readonly id: string;
  readonly row?: number;
  readonly portrait_id?: string;
};

/**
 * An accepted read against the policy of a checkpoint. The facts of the person come with the issuer's answer and not
 * from the mirror: they are newer, and who has a card and no phone is not in the mirror at all.
 */
export function decideTap(result: IssuerTapResult, policy: CheckpointPolicy, nowSeconds: number): DecidedTap {
  const { id } = result;
  if (result.result === 'rejected') return { id, ...rejected(result.reason) };
  const { row, policy_class: policyClass, portrait_id } = result.holder;
  const state = decodeRowState(result.holder.state);
  if (state === undefined) return { id, ...cannotDecide('internal') };
  const person = { rowNumber: row, policyClass, state, portraitId: undefined };
  const verdict = decideCardRow(person, policy, nowSeconds);
  return { id, ...verdict, row, ...(portrait_id !== undefined && policy.show_portrait ? { portrait_id } : {}) };
}

/** Whether the public page says valid: a card in use, of somebody whose student ID is. No policy of any place is asked. */
export function isValidCard(result: IssuerTapResult): boolean {
  if (result.result === 'rejected') return false;
  const state = decodeRowState(result.holder.state);
  return state !== undefined && !state.revoked && !state.suspended && !state.stopped;
}
