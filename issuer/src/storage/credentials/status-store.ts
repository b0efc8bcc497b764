import type { Clock, Database } from '@lanyard/platform';
import { announcePasses } from '../people/propagate-change.js';

export interface StatusListState {
  id: number;
  kind: 'sd-jwt' | 'mdoc' | 'pass';
  size: number;
  version: number;
  expiresAtSeconds: number;
}
export interface StatusEntries {
  revoked: Uint32Array;
  suspended: Uint32Array;
}

/** What the status lists hold. Only entries that are not valid are read: lists are nearly empty. */
export function createStatusStore(db: Database, clock: Clock) {
  const toState = (row: {
    id: number;
    kind: 'sd-jwt' | 'mdoc' | 'pass';
    size: number;
    version: number;
    expires_at: Date;
  }): StatusListState => ({
    id: row.id,
    kind: row.kind,
    size: row.size,
    version: row.version,
    expiresAtSeconds: Math.floor(row.expires_at.getTime() / 1000),
  });
  return {
    async find(id: number): Promise<StatusListState | undefined> {
      const { rows } = await db.raw(
        'SELECT id, kind, size, version, expires_at FROM status_list WHERE id = ? AND expires_at > ?',
        [id, new Date(clock.nowMs())],
      );
      return rows[0] === undefined ? undefined : toState(rows[0]);
    },
    /** Token Status Lists that are alive, of either encoding. */
    async listTokenLists(): Promise<StatusListState[]> {
      const { rows } = await db.raw(
        "SELECT id, kind, size, version, expires_at FROM status_list WHERE kind <> 'pass' AND expires_at > ? ORDER BY id",
        [new Date(clock.nowMs())],
      );
      return rows.map(toState);
    },
    async listPassLists(): Promise<StatusListState[]> {
      const { rows } = await db.raw(
        "SELECT id, kind, size, version, expires_at FROM status_list WHERE kind = 'pass' AND expires_at > ? ORDER BY id",
        [new Date(clock.nowMs())],
      );
      return rows.map(toState);
    },
    /**
     * Moves the version of pass lists that nobody has signed for a while: a list signed anew for time alone has to look
     * newer to readers. Two processes move it once.
     */
    async renewPassLists(signedBefore: Date): Promise<void> {
      const renewed = await db.raw(
        `UPDATE status_list SET version = version + CASE WHEN signed_at IS NULL THEN 0 ELSE 1 END, signed_at = ?
         WHERE kind = 'pass' AND expires_at > ? AND (signed_at IS NULL OR signed_at < ?)`,
        [new Date(clock.nowMs()), new Date(clock.nowMs()), signedBefore],
      );
      if (renewed.rowCount !== null && renewed.rowCount > 0) await announcePasses(db);
    },
    async readEntries(listId: number): Promise<StatusEntries> {
      const { rows } = await db.raw(
        'SELECT list_index, status FROM credential WHERE list_id = ? AND status <> 0 ORDER BY list_index',
        [listId],
      );
      const pick = (status: number) =>
        Uint32Array.from(
          (rows as { list_index: number; status: number }[]).filter((row) => row.status === status),
          (row) => row.list_index,
        );
      return { revoked: pick(1), suspended: pick(2) };
    },
  };
}
export type StatusStore = ReturnType<typeof createStatusStore>;
