import type { Clock, Database } from '@lanyard/platform';
import { decodeGaps, encodeGaps, type PassListSets } from '@lanyard/protocol';
import type { StatusListState } from './status-store.js';

const DAY_MS = 86_400_000;
/** A reader that was away for longer gets whole lists. */
const KEPT_MS = 8 * DAY_MS;
const MOST_ENTRIES = 4_000_000;

/** States of pass lists as they were signed; written before the signature, kept for eight days. */
export function createPassListStateStore(db: Database, clock: Clock) {
  return {
    async record(list: StatusListState, sets: PassListSets): Promise<void> {
      await db.raw(
        `INSERT INTO pass_list_state (list_id, version, revoked, suspended, signed_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (list_id, version) DO NOTHING`,
        [
          list.id,
          list.version,
          Buffer.from(encodeGaps(sets.revoked, list.size)),
          Buffer.from(encodeGaps(sets.suspended, list.size)),
          new Date(clock.nowMs()),
        ],
      );
    },
    /** Undefined where that state was never signed or is too long ago. */
    async find(list: StatusListState, version: number): Promise<PassListSets | undefined> {
      const { rows } = await db.raw(
        'SELECT revoked, suspended FROM pass_list_state WHERE list_id = ? AND version = ?',
        [list.id, version],
      );
      const row = rows[0] as { revoked: Buffer; suspended: Buffer } | undefined;
      if (row === undefined) return undefined;
      const open = (gaps: Buffer) => decodeGaps(gaps, list.size, MOST_ENTRIES);
      return { revoked: open(row.revoked), suspended: open(row.suspended) };
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM pass_list_state WHERE signed_at < ?', [new Date(clock.nowMs() - KEPT_MS)]);
    },
  };
}
export type PassListStateStore = ReturnType<typeof createPassListStateStore>;
