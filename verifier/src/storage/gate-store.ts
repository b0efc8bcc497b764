import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import { type EmergencyMode, type GateOrder, type GatePeer, maxGateOrders, maxGatePeers } from '@lanyard/protocol';
import { lockCheckpoints } from './lock-checkpoints.js';

/** What a checkpoint's package says beside policy and people. */
export interface GateFacts {
  peers: readonly GatePeer[];
  orders: readonly GateOrder[];
  mode: EmergencyMode | undefined;
}

/** A mode in force, as it is listed. */
export interface CurrentMode {
  checkpoint_id: string;
  mode: 'open' | 'lock';
  reason: string;
  set_by: string;
  from_at: Date;
  until_at: Date;
}

interface PeerRow {
  zone: string;
  id: string;
  public_key: Buffer;
}
interface OrderRow {
  checkpoint_id: string;
  id: Buffer;
  kind: 'release' | 'forgive';
  row_number: number | null;
  until_at: Date;
}
interface ModeRow {
  checkpoint_id: string;
  mode: 'open' | 'lock';
  from_at: Date;
  until_at: Date;
}

/** Rows by a key in the order they came, at most so many of each. */
function grouped<Row>(rows: readonly Row[], keyOf: (row: Row) => string, most: number): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row)) ?? [];
    if (group.length < most) group.push(row);
    groups.set(keyOf(row), group);
  }
  return groups;
}

/** How long an order waits for its gate: longer than a package takes, shorter than a guard waits. */
const ORDER_MS = 30_000;
const KEPT_DAYS = 30;
const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

/** Modes, orders and releases of gates; each change is audited in its transaction. */
export function createGateStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());

  async function addOrder(
    transaction: Transaction,
    order: { checkpointId: string; kind: 'release' | 'forgive'; rowNumber: number | null },
  ): Promise<Buffer> {
    const id = randomBytes(16);
    await transaction.raw(
      'INSERT INTO gate_order (id, checkpoint_id, kind, row_number, created_at, until_at) VALUES (?, ?, ?, ?, ?, ?)',
      [
        ...[id, order.checkpointId, order.kind, order.rowNumber as number],
        ...[now(), new Date(clock.nowMs() + ORDER_MS)],
      ],
    );
    return id;
  }

  return {
    /** Facts of all checkpoints as they are now. */
    async allFacts(): Promise<(checkpointId: string, zone: string) => GateFacts> {
      const [peers, orders, modes] = await Promise.all([
        db.raw(
          `SELECT c.policy->>'zone' AS zone, a.id, a.public_key FROM agent a JOIN checkpoint c ON c.id = a.checkpoint_id
           WHERE a.withdrawn_at IS NULL ORDER BY a.id`,
        ),
        db.raw(
          `SELECT checkpoint_id, id, kind, row_number, until_at FROM gate_order WHERE until_at > ?
           ORDER BY created_at DESC`,
          [now()],
        ),
        db.raw(
          `SELECT checkpoint_id, mode, from_at, until_at FROM emergency_mode
           WHERE ended_at IS NULL AND until_at > ? ORDER BY id DESC`,
          [now()],
        ),
      ]);
      const peersOf = grouped<PeerRow>(peers.rows, ({ zone }) => zone, maxGatePeers);
      const ordersOf = grouped<OrderRow>(orders.rows, ({ checkpoint_id }) => checkpoint_id, maxGateOrders);
      const modeOf = grouped<ModeRow>(modes.rows, ({ checkpoint_id }) => checkpoint_id, 1);
      return (checkpointId, zone) => ({
        peers: (peersOf.get(zone) ?? []).map((row) => ({ agentId: row.id, key: new Uint8Array(row.public_key) })),
        orders: (ordersOf.get(checkpointId) ?? []).map((row) => ({
          ...{ id: new Uint8Array(row.id), kind: row.kind },
          rowNumber: row.row_number === null ? null : Number(row.row_number),
          untilSeconds: seconds(row.until_at),
        })),
        mode: modeOf.get(checkpointId)?.map(({ mode, from_at, until_at }) => ({
          ...{ mode, fromSeconds: seconds(from_at), untilSeconds: seconds(until_at) },
        }))[0],
      });
    },
    /** Opens or locks checkpoints until a time; what held there before ends. @throws Refusal `checkpoint-not-found` */
    async setMode(change: {
      checkpointIds: readonly string[] | 'all';
      mode: 'open' | 'lock';
      minutes: number;
      reason: string;
      actor: string;
    }): Promise<{ checkpointIds: string[]; untilAt: Date }> {
      const untilAt = new Date(clock.nowMs() + change.minutes * 60_000);
      return db.transaction(async (transaction: Transaction) => {
        const ids = await lockCheckpoints(transaction, change.checkpointIds);
        await endModes(transaction, ids);
        for (const id of ids) {
          await transaction.raw(
            'INSERT INTO emergency_mode (checkpoint_id, mode, reason, set_by, from_at, until_at) VALUES (?, ?, ?, ?, ?, ?)',
            [id, change.mode, change.reason, change.actor, now(), untilAt],
          );
        }
        const detail = { mode: change.mode, until: untilAt.toISOString(), reason: change.reason };
        await appendAudit(
          transaction,
          ids.map((id) => ({ actor: change.actor, action: 'emergency-mode.set', subject: `checkpoint:${id}`, detail })),
          clock.nowMs(),
        );
        return { checkpointIds: ids, untilAt };
      });
    },
    async endMode(checkpointIds: readonly string[] | 'all', actor: string): Promise<string[]> {
      return db.transaction(async (transaction: Transaction) => {
        const ended = await endModes(transaction, await lockCheckpoints(transaction, checkpointIds));
        await appendAudit(
          transaction,
          ended.map((id) => ({ actor, action: 'emergency-mode.ended', subject: `checkpoint:${id}` })),
          clock.nowMs(),
        );
        return ended;
      });
    },
    async listModes() {
      const { rows } = await db.raw(
        `SELECT DISTINCT ON (checkpoint_id) checkpoint_id, mode, reason, set_by, from_at, until_at FROM emergency_mode
         WHERE ended_at IS NULL AND until_at > ? ORDER BY checkpoint_id, id DESC`,
        [now()],
      );
      return rows as CurrentMode[];
    },
    /** Lets somebody in by hand: release, order and audit row, or none of them. */
    async release(release: {
      checkpointId: string;
      rowNumber: number | null;
      lookId: string;
      reason: string;
      actor: string;
    }): Promise<{ orderId: string }> {
      return db.transaction(async (transaction: Transaction) => {
        const orderId = await addOrder(transaction, { ...release, kind: 'release' });
        await transaction.raw(
          'INSERT INTO guard_release (checkpoint_id, actor, reason, look_id, order_id, at) VALUES (?, ?, ?, ?, ?, ?)',
          [release.checkpointId, release.actor, release.reason, release.lookId, orderId, now()],
        );
        await audit(transaction, 'guard.released', release, { reason: release.reason, look: release.lookId });
        return { orderId: orderId.toString('base64url') };
      });
    },
    async forgive(order: { checkpointId: string; rowNumber: number; actor: string }): Promise<void> {
      await db.transaction(async (transaction: Transaction) => {
        await addOrder(transaction, { ...order, kind: 'forgive' });
        await audit(transaction, 'anti-passback.forgiven', order, {});
      });
    },
    /** Whether an agent of the checkpoint was heard of a moment ago: only then an order reaches a door. */
    async hasOnlineAgent(checkpointId: string): Promise<boolean> {
      const { rows } = await db.raw(
        'SELECT 1 FROM agent WHERE checkpoint_id = ? AND withdrawn_at IS NULL AND last_contact_at > ? LIMIT 1',
        [checkpointId, new Date(clock.nowMs() - 40_000)],
      );
      return rows.length > 0;
    },
    /** Releases per guard since a time, most first. */
    async countReleases(since: Date): Promise<{ actor: string; n: number; last_at: Date }[]> {
      const { rows } = await db.raw(
        `SELECT actor, count(*)::int AS n, max(at) AS last_at FROM guard_release WHERE at >= ?
         GROUP BY actor ORDER BY n DESC, actor LIMIT 200`,
        [since],
      );
      return rows;
    },
    async listReleases(before: number | undefined, limit: number) {
      const { rows } = await db.raw(
        `SELECT id, checkpoint_id, actor, reason, at FROM guard_release WHERE id < ? ORDER BY id DESC LIMIT ?`,
        [before ?? Number.MAX_SAFE_INTEGER, limit],
      );
      return rows as { id: number; checkpoint_id: string; actor: string; reason: string; at: Date }[];
    },
    async sweep(): Promise<void> {
      const old = new Date(clock.nowMs() - KEPT_DAYS * 86_400_000);
      await db.raw('DELETE FROM gate_order WHERE until_at < ?', [new Date(clock.nowMs() - 3_600_000)]);
      await db.raw('DELETE FROM guard_release WHERE at < ?', [old]);
      await db.raw('DELETE FROM emergency_mode WHERE until_at < ?', [old]);
    },
  };

  async function endModes(transaction: Transaction, ids: readonly string[]): Promise<string[]> {
    const { rows } = await transaction.raw(
      `UPDATE emergency_mode SET ended_at = ? WHERE checkpoint_id = ANY(?) AND ended_at IS NULL AND until_at > ?
       RETURNING checkpoint_id`,
      [now(), [...ids], now()],
    );
    return (rows as { checkpoint_id: string }[]).map((row) => row.checkpoint_id);
  }

  async function audit(
    transaction: Transaction,
    action: string,
    of: { checkpointId: string; rowNumber: number | null; actor: string },
    detail: Record<string, unknown>,
  ): Promise<void> {
    const row = of.rowNumber === null ? {} : { row: of.rowNumber };
    const entry = { actor: of.actor, action, subject: `checkpoint:${of.checkpointId}`, detail: { ...detail, ...row } };
    await appendAudit(transaction, [entry], clock.nowMs());
  }
}
export type GateStore = ReturnType<typeof createGateStore>;
