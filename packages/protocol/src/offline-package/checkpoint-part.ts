import type { KeyEntry } from '../pass/key-set.js';
import type { CarriedSettings } from './agent-settings.js';
import type { CheckpointPolicy } from './checkpoint-policy.js';
import type { EmergencyMode, GateOrder, GatePeer } from './gate-orders.js';
import type { SignerKey } from './people-part.js';

/** typ of the checkpoint part (RFC 9596). */
export const checkpointPartTyp = 'lanyard-checkpoint+cbor';
/** Largest checkpoint part in bytes, pass lists included. */
export const checkpointPartMaxBytes = 24 * 1024 * 1024;

/** Integer labels of the payload. */
export const checkpointLabel = {
  checkpointId: 1,
  checkpointNumber: 2,
  names: 3,
  universityCode: 4,
  peopleSequence: 5,
  peopleDigest: 6,
  policy: 7,
  passKeys: 8,
  passLists: 9,
  peopleSigners: 10,
  trustListSequence: 11,
  sequence: 12,
  issuedAt: 13,
  freshUntil: 14,
  expires: 15,
  emergency: 16,
  checkpointSigners: 17,
  statusSigners: 18,
  listSequences: 19,
  trustListExpires: 20,
  peers: 21,
  zoneKey: 22,
  orders: 23,
  emergencyMode: 24,
  settings: 25,
} as const;

/** Most people on a checkpoint's emergency list: those on duty, not a second table of people. */
export const maxEmergencyRows = 200;

/** Everything a checkpoint needs beside the people. All times are seconds since 1970 UTC. */
export interface CheckpointPart {
  /** Such as `south-gate`. */
  readonly checkpointId: string;
  /** 8 bytes, as in challenges. */
  readonly checkpointNumber: Uint8Array;
  readonly names: { readonly zh: string; readonly en: string };
  readonly universityCode: string;
  /** The people part this one belongs to. */
  readonly peopleSequence: number;
  readonly peopleDigest: Uint8Array;
  readonly policy: CheckpointPolicy;
  /** Signers of passes, our own university's included. */
  readonly passKeys: readonly KeyEntry[];
  /** Signers of pass lists. */
  readonly statusSigners: readonly KeyEntry[];
  /** Signed pass lists and deltas the reader does not have yet, in the order to apply them. */
  readonly passLists: readonly Uint8Array[];
  /** The lists a reader must hold after applying: [university code, list number, sequence]. Others are dropped. */
  readonly listSequences: readonly PassListSequence[];
  /** Signers of people parts the verifier still trusts: narrows what the reader has pinned, never widens it. */
  readonly peopleSigners: readonly SignerKey[];
  /** Signers of checkpoint parts from now on, where they change. */
  readonly checkpointSigners?: readonly SignerKey[];
  readonly trustListSequence: number;
  /** After that no pass of another university can be decided. */
  readonly trustListExpiresSeconds: number;
  readonly sequence: number;
  readonly issuedAtSeconds: number;
  readonly freshUntilSeconds: number;
  readonly expiresSeconds: number;
  /** Row numbers that may pass even on an expired package. */
  readonly emergencyRowNumbers: readonly number[];
  /** Other agents of the zone, and the 32 bytes their messages are sealed with; absent where there are none. */
  readonly peers?: readonly GatePeer[];
  readonly zoneKey?: Uint8Array;
  readonly orders?: readonly GateOrder[];
  readonly emergencyMode?: EmergencyMode;
  /** Settings of the checkpoint's agents, where any are set from afar. */
  readonly settings?: readonly CarriedSettings[];
}

/** Which state of which list a reader must hold. */
export interface PassListSequence {
  readonly universityCode: string;
  readonly listNumber: number;
  readonly sequence: number;
}
