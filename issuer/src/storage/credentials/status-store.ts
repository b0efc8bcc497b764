import type { Clock, Database } from '@lanyard/platform';

export interface StatusListState {
  id: number;
  kind: 'sd-jwt' | 'pass';
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
    kind: 'sd-jwt' | 'pass';
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
    async listPassLists(): Promise<StatusListState[]> {
      const { rows } = await db.raw(
        "SELECT id, kind, size, version, expires_at FROM status_list WHERE kind = 'pass' AND expires_at > ? ORDER BY id",
        [new Date(clock.nowMs())],
      );
      return rows.map(toState);
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
