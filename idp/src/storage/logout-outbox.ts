import type { Clock, Database } from '@lanyard/platform';
import type { LogoutDelivery, LogoutProtocol } from '../domain/logout/logout-delivery.js';

interface DeliveryRow {
  id: string | number;
  protocol: LogoutProtocol;
  relying_party_id: string;
  address: string;
  payload: LogoutDelivery['payload'];
  tries: number;
  created_at: Date;
}

/** A row for operators: what became of a call. */
export interface LogoutRecord {
  id: string;
  relyingPartyId: string;
  protocol: LogoutProtocol;
  state: 'waiting' | 'delivered' | 'given-up';
  tries: number;
  lastError: string | undefined;
  createdAtMs: number;
  nextTryAtMs: number;
  deliveredAtMs: number | undefined;
}

/** Whoever takes a row keeps it this long; a process that dies gives it back by time. */
const LEASE_MS = 15_000;
const GIVE_UP_AFTER_MS = 3 * 86_400_000;
const KEPT_MS = 7 * 86_400_000;
/** Never more than 30 s apart: a service that was down is signed out soon after its return. */
const WAITS_MS = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];

/** The outbox of logout calls: at least once, in any number of processes, until the service has taken it. */
export function createLogoutOutbox(db: Database, clock: Clock) {
  return {
    async takeDue(limit: number): Promise<(LogoutDelivery & { tries: number; createdAtMs: number })[]> {
      const now = clock.nowMs();
      const { rows } = await db.raw(
        `UPDATE logout_delivery SET next_try_at = ?, tries = tries + 1 WHERE id IN (
           SELECT id FROM logout_delivery WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_try_at <= ?
           ORDER BY next_try_at LIMIT ? FOR UPDATE SKIP LOCKED)
         RETURNING id, protocol, relying_party_id, address, payload, tries, created_at`,
        [new Date(now + LEASE_MS), new Date(now), limit],
      );
      return (rows as DeliveryRow[]).map((row) => ({
        id: String(row.id),
        protocol: row.protocol,
        relyingPartyId: row.relying_party_id,
        address: row.address,
        payload: row.payload,
        tries: row.tries,
        createdAtMs: row.created_at.getTime(),
      }));
    },
    async delivered(id: string): Promise<void> {
      await db.raw('UPDATE logout_delivery SET delivered_at = ?, last_error = NULL WHERE id = ?', [
        new Date(clock.nowMs()),
        id,
      ]);
    },
    /** `reason` is a code of ours, never a text of the service. */
    async failed(id: string, tries: number, createdAtMs: number, reason: string): Promise<void> {
      const now = clock.nowMs();
      const wait = WAITS_MS[Math.min(tries - 1, WAITS_MS.length - 1)] ?? 30_000;
      await db.raw('UPDATE logout_delivery SET last_error = ?, next_try_at = ?, given_up_at = ? WHERE id = ?', [
        reason,
        new Date(now + wait),
        now - createdAtMs > GIVE_UP_AFTER_MS ? new Date(now) : null,
        id,
      ]);
    },
    /** When the next row is due; undefined where none waits. */
    async nextDueMs(): Promise<number | undefined> {
      const { rows } = await db.raw(
        'SELECT min(next_try_at) AS due FROM logout_delivery WHERE delivered_at IS NULL AND given_up_at IS NULL',
      );
      return (rows[0] as { due: Date | null }).due?.getTime();
    },
    /** An operator's wish: try now. */
    async retry(id: string): Promise<boolean> {
      const { rowCount } = await db.raw(
        'UPDATE logout_delivery SET next_try_at = ?, given_up_at = NULL WHERE id = ? AND delivered_at IS NULL',
        [new Date(clock.nowMs()), id],
      );
      return rowCount === 1;
    },
    /** Newest first; `before` is the id of the last row of the page before. */
    async list(filter: { before?: string; limit: number; open?: boolean }): Promise<LogoutRecord[]> {
      const { rows } = await db.raw(
        `SELECT id, relying_party_id, protocol, tries, last_error, created_at, next_try_at, delivered_at, given_up_at
         FROM logout_delivery WHERE (?::bigint IS NULL OR id < ?::bigint) AND (NOT ? OR delivered_at IS NULL)
         ORDER BY id DESC LIMIT ?`,
        [filter.before ?? null, filter.before ?? null, filter.open === true, filter.limit],
      );
      return (rows as RecordRow[]).map((row) => ({
        id: String(row.id),
        relyingPartyId: row.relying_party_id,
        protocol: row.protocol,
        state: row.delivered_at ? 'delivered' : row.given_up_at ? 'given-up' : 'waiting',
        tries: row.tries,
        lastError: row.last_error ?? undefined,
        createdAtMs: row.created_at.getTime(),
        nextTryAtMs: row.next_try_at.getTime(),
        deliveredAtMs: row.delivered_at?.getTime(),
      }));
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM logout_delivery WHERE delivered_at < ? OR given_up_at < ?', [
        new Date(clock.nowMs() - KEPT_MS),
        new Date(clock.nowMs() - KEPT_MS),
      ]);
    },
  };
}
export type LogoutOutbox = ReturnType<typeof createLogoutOutbox>;

interface RecordRow {
  id: string | number;
  relying_party_id: string;
  protocol: LogoutProtocol;
  tries: number;
  last_error: string | null;
  created_at: Date;
  next_try_at: Date;
  delivered_at: Date | null;
  given_up_at: Date | null;
}
