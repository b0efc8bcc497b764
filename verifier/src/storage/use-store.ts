import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import type { PassageEntry } from '../domain/passages/passage-entry.js';

export interface DoubleUse {
  id: number;
  zone: string;
  foundAt: Date;
  first: { checkpointId: string; agentId: string; at: Date };
  second: { checkpointId: string; agentId: string; at: Date };
}

interface DoubleUseRow {
  id: number;
  zone: string;
  found_at: Date;
  first_agent_id: string;
  first_checkpoint: string;
  first_at: Date;
  second_agent_id: string;
  second_checkpoint: string;
  second_at: Date;
}

const KEPT_DAYS = 7;

/**
 * Notes the uses of newly taken passages and finds those another agent of the zone has had before: one INSERT decides
 * who was first, so that two journals that come in at once find each other too. Answers how many were found.
 */
export async function noteUses(
  transaction: Transaction,
  agent: { id: string; checkpointId: string },
  entries: readonly PassageEntry[],
  nowMs: number,
): Promise<number> {
  const used = entries.filter((entry) => entry.verdict === 'accepted' && entry.use !== undefined);
  if (used.length === 0) return 0;
  const now = new Date(nowMs);
  const values = [
    used.map(({ use }) => Buffer.from(use ?? '', 'base64url')),
    used.map(({ sequence }) => sequence),
    used.map(({ at }) => at),
  ];
  // Sorted, so that two uploads that share codes never wait for each other in a ring.
  await transaction.raw(
    `INSERT INTO code_use (zone, use_digest, agent_id, sequence, at, received_at)
     SELECT c.policy->>'zone', u.use_digest, ?, u.sequence, to_timestamp(u.at), ?
     FROM unnest(?::bytea[], ?::bigint[], ?::bigint[]) AS u (use_digest, sequence, at), checkpoint c WHERE c.id = ?
     ORDER BY u.use_digest ON CONFLICT (zone, use_digest) DO NOTHING`,
    [agent.id, now, ...values, agent.checkpointId],
  );
  const { rows } = await transaction.raw(
    `INSERT INTO double_use (zone, first_agent_id, first_sequence, first_at, second_agent_id, second_sequence, second_at, found_at)
     SELECT k.zone, k.agent_id, k.sequence, k.at, ?, u.sequence, to_timestamp(u.at), ?
     FROM unnest(?::bytea[], ?::bigint[], ?::bigint[]) AS u (use_digest, sequence, at)
       JOIN checkpoint c ON c.id = ? JOIN code_use k ON k.zone = c.policy->>'zone' AND k.use_digest = u.use_digest
     WHERE k.agent_id <> ? ON CONFLICT ON CONSTRAINT double_use_once DO NOTHING RETURNING id, zone, first_agent_id`,
    [agent.id, now, ...values, agent.checkpointId, agent.id],
  );
  const found = rows as { id: number; zone: string; first_agent_id: string }[];
  await appendAudit(
    transaction,
    found.map((row) => ({
      actor: `agent:${agent.id}`,
      action: 'double-use.found',
      subject: `zone:${row.zone}`,
      detail: { finding: row.id, first_agent: row.first_agent_id },
    })),
    nowMs,
  );
  return found.length;
}

/** Double uses for those who look at them, newest first. */
export function createUseStore(db: Database, clock: Clock) {
  return {
    async listDoubleUses(before: number | undefined, limit: number): Promise<DoubleUse[]> {
      const { rows } = await db.raw(
        `SELECT d.id, d.zone, d.found_at, d.first_agent_id, d.first_at, d.second_agent_id, d.second_at,
           a.checkpoint_id AS first_checkpoint, b.checkpoint_id AS second_checkpoint
         FROM double_use d JOIN agent a ON a.id = d.first_agent_id JOIN agent b ON b.id = d.second_agent_id
         WHERE d.id < ? ORDER BY d.id DESC LIMIT ?`,
        [before ?? Number.MAX_SAFE_INTEGER, limit],
      );
      return (rows as DoubleUseRow[]).map((row) => ({
        id: row.id,
        zone: row.zone,
        foundAt: row.found_at,
        first: { checkpointId: row.first_checkpoint, agentId: row.first_agent_id, at: row.first_at },
        second: { checkpointId: row.second_checkpoint, agentId: row.second_agent_id, at: row.second_at },
      }));
    },
    async sweep(): Promise<void> {
      const old = new Date(clock.nowMs() - KEPT_DAYS * 86_400_000);
      await db.raw('DELETE FROM code_use WHERE received_at < ?', [old]);
      await db.raw('DELETE FROM double_use WHERE found_at < ?', [old]);
    },
  };
}
export type UseStore = ReturnType<typeof createUseStore>;
