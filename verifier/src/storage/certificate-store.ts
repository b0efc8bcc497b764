import { createHash } from 'node:crypto';
import { appendAudit, type Clock, createBatch, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { MachineCertificate } from '../adapters/machine-authority.js';

/** Whose certificate a serial number is, as long as it may be used. */
export interface KnownCertificate {
  readonly agentId: string;
  readonly state: 'good' | 'ended';
}

/** A faulty agent must not fill the table. */
const MOST_A_DAY = 20;

/** Certificates of agents. One is written down before it is signed; the row decides at each request. */
export function createCertificateStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  return {
    /**
     * Writes down what is about to be signed. A new bundle ends the agent's bundles before it, and each certificate of
     * a key of its own those before the last. @throws Refusal `agent-not-found`, `agent-withdrawn`
     */
    async record(
      certificate: MachineCertificate,
      of: { agentId: string; kind: 'own' | 'bundle'; actor: string },
    ): Promise<void> {
      await db.transaction(async (transaction: Transaction) => {
        const { rows } = await transaction.raw('SELECT withdrawn_at FROM agent WHERE id = ? FOR UPDATE', [of.agentId]);
        if (rows[0] === undefined) throw new Refusal('agent-not-found');
        if (rows[0].withdrawn_at !== null) throw new Refusal('agent-withdrawn');
        const made = await transaction.raw(
          'SELECT count(*)::int AS n FROM agent_certificate WHERE agent_id = ? AND made_at > ?',
          [of.agentId, new Date(clock.nowMs() - 86_400_000)],
        );
        if (made.rows[0].n >= MOST_A_DAY) throw new Refusal('too-many-requests');
        // The last one of its own stays good: an answer that was lost must not lock an agent out.
        await transaction.raw(
          `UPDATE agent_certificate SET ended_at = ? WHERE agent_id = ? AND kind = ? AND ended_at IS NULL AND serial NOT IN
             (SELECT serial FROM agent_certificate WHERE agent_id = ? AND kind = 'own' ORDER BY made_at DESC LIMIT 1)`,
          [now(), of.agentId, of.kind, of.agentId],
        );
        await transaction.raw(
          `INSERT INTO agent_certificate (serial, agent_id, kind, key_digest, from_at, to_at, made_by, made_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          [
            ...[certificate.serial, of.agentId, of.kind],
            createHash('sha256').update(certificate.publicPoint).digest(),
            ...[new Date(certificate.fromSeconds * 1000), new Date(certificate.toSeconds * 1000), of.actor, now()],
          ],
        );
        const action = of.kind === 'bundle' ? 'agent.bundle-made' : 'agent.certificate-made';
        const detail = { serial: certificate.serial.toString('hex') };
        await appendAudit(
          transaction,
          [{ actor: of.actor, action, subject: `agent:${of.agentId}`, detail }],
          clock.nowMs(),
        );
      });
    },
    /** As the database has it now: asked at each request, so that withdrawal holds at the next one. */
    find: createBatch(async (serials: readonly Buffer[]): Promise<(KnownCertificate | undefined)[]> => {
      const { rows } = await db.raw(
        `SELECT c.serial, c.agent_id, (c.ended_at IS NULL AND c.to_at > ? AND a.withdrawn_at IS NULL) AS good
         FROM agent_certificate c JOIN agent a ON a.id = c.agent_id WHERE c.serial = ANY(?::bytea[])`,
        [now(), [...serials]],
      );
      const found = new Map<string, KnownCertificate>(
        rows.map((row: { serial: Buffer; agent_id: string; good: boolean }) => [
          row.serial.toString('hex'),
          { agentId: row.agent_id, state: row.good ? 'good' : 'ended' },
        ]),
      );
      return serials.map((serial) => found.get(serial.toString('hex')));
    }),
    /** End of each agent's newest certificate, for those that have one. */
    async newestEnds(agentIds: readonly string[]): Promise<Map<string, Date>> {
      const { rows } = await db.raw(
        `SELECT agent_id, max(to_at) AS to_at FROM agent_certificate WHERE agent_id = ANY(?) AND ended_at IS NULL
         GROUP BY agent_id`,
        [[...agentIds]],
      );
      return new Map(rows.map((row: { agent_id: string; to_at: Date }) => [row.agent_id, row.to_at]));
    },
    async sweep(): Promise<void> {
      await db.raw("DELETE FROM agent_certificate WHERE to_at < ?::timestamptz - interval '90 days'", [now()]);
    },
  };
}
export type CertificateStore = ReturnType<typeof createCertificateStore>;
