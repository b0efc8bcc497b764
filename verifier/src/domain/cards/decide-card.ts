import {
  type CheckpointPolicy,
  cannotDecide,
  decodeRowState,
  type RejectedReason,
  rejected,
  type Verdict,
} from '@lanyard/protocol';
import { decideCardRow } from '@lanyard/protocol/nfc';

/** A read of a campus card, as it goes to the issuer. */
export interface CardTap {
  /** 16 random bytes in base64url, made by the reader: the same id again is the same read. */
  readonly id: string;
  /** Hexadecimal, as in the card's address. */
  readonly picc_data: string;
  readonly cmac: string;
  readonly key_version: number;
  readonly at: number;
}

/** What the issuer says of a read: it alone has the keys and the counters. */
export type IssuerTapResult =
  | {
      readonly id: string;
      readonly result: 'accepted';
      readonly holder: {
        readonly row: number;
        readonly state: number;
        readonly policy_class: number;
        readonly portrait_id?: string | undefined;
      };
    }
  | { readonly id: string; readonly result: 'rejected'; readonly reason: RejectedReason };

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
