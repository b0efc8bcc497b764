import type { IndexSet } from './index-set.js';

/** typ of a whole pass list and of a delta (RFC 9596). */
export const passListTyp = 'lanyard-pass-list+cbor';
export const passListDeltaTyp = 'lanyard-pass-list-delta+cbor';
/** Largest document in bytes. */
export const passListMaxBytes = 4 * 1024 * 1024;
/** Most indices a list may have, and most that may be set: limits against memory taken by a hostile list. */
export const passListMaxSize = 2 ** 29;
export const passListMaxCount = 4_000_000;

/** Integer labels of both payloads. */
export const passListLabel = {
  universityCode: 1,
  listNumber: 2,
  sequence: 3,
  issuedAt: 4,
  nextUpdate: 5,
  expires: 6,
  size: 7,
  revoked: 8,
  suspended: 9,
  baseSequence: 10,
  revokedRemoved: 11,
  suspendedRemoved: 12,
  digest: 13,
} as const;

/** What list and delta both say. */
export interface PassListHead {
  readonly universityCode: string;
  readonly listNumber: number;
  readonly sequence: number;
  readonly issuedAtSeconds: number;
  /** Until then the list is fresh. */
  readonly nextUpdateSeconds: number;
  /** The list dies with the last of its passes. */
  readonly expiresSeconds: number;
  /** Indices 0 to size - 1 exist. */
  readonly size: number;
}

/** A verified pass list, ready for look-ups. */
export interface PassList extends PassListHead {
  readonly revoked: IndexSet;
  readonly suspended: IndexSet;
}

/** Status of one pass; an index beyond the list has none. */
export type PassStatus = 'valid' | 'revoked' | 'suspended' | 'unknown-index';

/** Looks a pass up in its list; revoked wins over suspended. Some ten nanoseconds. */
export function passStatusOf(list: PassList, index: number): PassStatus {
  if (index >= list.size) return 'unknown-index';
  if (list.revoked.has(index)) return 'revoked';
  return list.suspended.has(index) ? 'suspended' : 'valid';
}
