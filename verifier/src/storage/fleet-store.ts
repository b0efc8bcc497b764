import type { Clock, Database } from '@lanyard/platform';
import { type AgentHealth, type Health, SILENT_MS } from '../domain/fleet/agent-health.js';
import { type AgentReport, zAgentReport } from '../domain/fleet/agent-report.js';

/** An agent in service as the fleet page needs it. */
export interface FleetAgent {
  readonly id: string;
  readonly checkpointId: string;
  readonly name: string | null;
  readonly enrolledAt: Date;
  readonly withdrawnAt: Date | null;
  readonly lastSeenAt: Date | null;
  readonly packageSequence: number | null;
  readonly report: AgentReport | undefined;
  readonly reportedAt: Date | null;
}

export interface HealthChange {
  readonly health: Health;
  readonly reasons: readonly string[];
  readonly at: Date;
}

const COLUMNS = `a.id, a.checkpoint_id, a.name, a.enrolled_at, a.withdrawn_at, a.package_sequence, r.report, r.received_at,
  greatest(a.last_contact_at, r.received_at) AS last_seen_at`;
const KEPT_DAYS = 30;

/** Newest reports of agents and how their health changed. */
export function createFleetStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  return {
    /** Keeps a report in place of the one before, and a change of health; one statement. */
    async take(agentId: string, report: AgentReport, { health, reasons }: AgentHealth): Promise<void> {
      const at = now();
      await db.raw(
        `WITH kept AS (
           INSERT INTO agent_report (agent_id, report, received_at) VALUES (?, ?, ?)
           ON CONFLICT (agent_id) DO UPDATE SET report = excluded.report, received_at = excluded.received_at)
         INSERT INTO agent_health_change (agent_id, health, reasons, at)
         SELECT ?, ?, ?, ? WHERE NOT EXISTS (
           SELECT 1 FROM (SELECT health, reasons FROM agent_health_change WHERE agent_id = ? ORDER BY id DESC LIMIT 1) last
           WHERE last.health = ? AND last.reasons = ?::text[])`,
        [
          ...[agentId, JSON.stringify(report), at],
          ...[agentId, health, [...reasons], at],
          ...[agentId, health, [...reasons]],
        ],
      );
    },
    /** All that are in service, by checkpoint and id. */
    async inService(): Promise<FleetAgent[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM agent a LEFT JOIN agent_report r ON r.agent_id = a.id
         WHERE a.withdrawn_at IS NULL ORDER BY a.checkpoint_id, a.id`,
      );
      return rows.map(toAgent);
    },
    async find(id: string): Promise<FleetAgent | undefined> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM agent a LEFT JOIN agent_report r ON r.agent_id = a.id WHERE a.id = ?`,
        [id],
      );
      return rows[0] === undefined ? undefined : toAgent(rows[0]);
    },
    /** Newest first. */
    async history(agentId: string, limit: number): Promise<HealthChange[]> {
      const { rows } = await db.raw(
        'SELECT health, reasons, at FROM agent_health_change WHERE agent_id = ? ORDER BY id DESC LIMIT ?',
        [agentId, limit],
      );
      return rows;
    },
    /** Notes who has fallen silent, since silence reports nothing; forgets old changes but the last of each agent. */
    async sweep(): Promise<void> {
      const silentSince = new Date(clock.nowMs() - SILENT_MS);
      await db.raw(
        `INSERT INTO agent_health_change (agent_id, health, reasons, at)
         SELECT a.id, 'silent', ARRAY['no-contact'], ? FROM agent a JOIN agent_report r ON r.agent_id = a.id
         WHERE a.withdrawn_at IS NULL AND greatest(a.last_contact_at, r.received_at) < ? AND 'silent' IS DISTINCT FROM
           (SELECT health FROM agent_health_change h WHERE h.agent_id = a.id ORDER BY id DESC LIMIT 1)`,
        [now(), silentSince],
      );
      await db.raw(
        `DELETE FROM agent_health_change h WHERE at < ? AND EXISTS
           (SELECT 1 FROM agent_health_change n WHERE n.agent_id = h.agent_id AND n.id > h.id)`,
        [new Date(clock.nowMs() - KEPT_DAYS * 86_400_000)],
      );
    },
  };
}
export type FleetStore = ReturnType<typeof createFleetStore>;

function toAgent(row: {
  id: string;
  checkpoint_id: string;
  name: string | null;
  enrolled_at: Date;
  withdrawn_at: Date | null;
  package_sequence: number | null;
  report: unknown;
  received_at: Date | null;
  last_seen_at: Date | null;
}): FleetAgent {
  // A report of an older version may no longer fit: then it is as if it had not come.
  const report = row.report === null ? undefined : zAgentReport.safeParse(row.report).data;
  return {
    ...{ id: row.id, checkpointId: row.checkpoint_id, name: row.name, enrolledAt: row.enrolled_at },
    ...{ withdrawnAt: row.withdrawn_at, lastSeenAt: row.last_seen_at, packageSequence: row.package_sequence },
    ...{ report, reportedAt: row.received_at },
  };
}
