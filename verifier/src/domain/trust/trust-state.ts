import type { KeyEntry, VerifiedPassKeySet } from '@lanyard/protocol';
import type { AcceptedTrustList } from '@lanyard/protocol/trust-list';
import type { HeldList } from '../mirror/mirror-state.js';

/** What was fetched of another university that the trust list holds as active. */
export interface ForeignUniversity {
  universityCode: string;
  /** As signed, for keeping; and opened. */
  keySetCose: Uint8Array;
  keySet: VerifiedPassKeySet;
  lists: ReadonlyMap<number, HeldList>;
}

/** Whom else this verifier trusts; replaced as a whole, never changed. */
export interface TrustState {
  list: AcceptedTrustList | undefined;
  /** By university code. */
  universities: ReadonlyMap<string, ForeignUniversity>;
  /** Further roots (LANYARD_TRUST_ANCHORS), DER: entitled only to codes that the trust list does not hold. */
  localAnchors: readonly Uint8Array[];
}

export const NO_TRUST: TrustState = { list: undefined, universities: new Map(), localAnchors: [] };

/** Signers of passes of other universities. */
export const foreignPassKeys = (trust: TrustState): KeyEntry[] =>
  [...trust.universities.values()].flatMap(({ keySet }) => keySet.passKeys);

/** Signers of their pass lists. */
export const foreignListSigners = (trust: TrustState): KeyEntry[] =>
  [...trust.universities.values()].flatMap(({ keySet }) => keySet.listSigners);

/** Their pass lists, in a fixed order. */
export const foreignLists = (trust: TrustState): HeldList[] =>
  [...trust.universities.values()].flatMap(({ lists }) => [...lists.values()]);

/** When foreign passes stop being decided. Without a list nobody else is known, so nothing ends. */
export const trustExpiresSeconds = (trust: TrustState, withoutList: number): number =>
  trust.list === undefined ? withoutList : trust.list.expiresSeconds;

/** A list and what was signed upon it, in the order to apply them. */
export const documentsOf = ({ cose, deltas = [] }: HeldList): Uint8Array[] => [cose, ...deltas.map((one) => one.cose)];
