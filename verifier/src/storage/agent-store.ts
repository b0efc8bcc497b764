import { createHash, randomBytes } from 'node:crypto';
import {
  appendAudit,
  type Clock,
  createBatch,
  type createCallerStore,
  type Database,
  Refusal,
  type Transaction,
  violatedConstraint,
} from '@lanyard/platform';
import { type CheckedP256Jwk, parseP256Jwk, publicJwkMembers } from '@lanyard/protocol';
import { formatEnrolmentCode, normaliseEnrolmentCode } from '../domain/checkpoints/enrolment-code.js';

export interface Agent {
  id: string;
  checkpointId: string;
  name: string | null;
  enrolledAt: Date;
  withdrawnAt: Date | null;
  lastContactAt: Date | null;
  packageSequence: number | null;
  journalSequence: number;
}

interface AgentRow {
  id: string;
  checkpoint_id: string;
  name: string | null;
  enrolled_at: Date;
  withdrawn_at: Date | null;
  last_contact_at: Date | null;
  package_sequence: number | null;
  journal_sequence: number;
}

const COLUMNS =
  'id, checkpoint_id, name, enrolled_at, withdrawn_at, last_contact_at, package_sequence, journal_sequence';
const CODE_LIFE_MS = 600_000;
const CODE_BYTES = 10;
const CONTACT_EVERY_MS = 5_000;

/** Agents, and the one-time codes they enrol with. A code works once: one UPDATE with a WHERE decides. */
export function createAgentStore(db: Database, callers: ReturnType<typeof createCallerStore>, clock: Clock) {
  const noted = new Map<string, { sequence: number | undefined; atMs: number }>();
  const digestOf = (code: string) => createHash('sha256').update(code).digest();
  const now = () => new Date(clock.nowMs());

  // Agents wake together when something changes.
  const find = createBatch(async (ids: readonly string[]): Promise<(Agent | undefined)[]> => {
    const { rows } = await db.raw(`SELECT ${COLUMNS} FROM agent WHERE id = ANY(?)`, [[...ids]]);
    const found = new Map<string, Agent>(rows.map((row: AgentRow) => [row.id, toAgent(row)]));
    return ids.map((id) => found.get(id));
  });
  const writeContacts = createBatch(async (contacts: readonly { id: string; sequence: number | undefined }[]) => {
    // A row that is taken at the moment is passed over: the next contact says the same, and nobody waits for anybody.
    await db.raw(
      `WITH seen AS (SELECT id, max(sequence) AS sequence FROM unnest(?::text[], ?::bigint[]) AS t (id, sequence) GROUP BY id),
         free AS (SELECT a.id FROM agent a JOIN seen s ON s.id = a.id FOR NO KEY UPDATE OF a SKIP LOCKED)
       UPDATE agent a SET last_contact_at = ?, package_sequence = coalesce(s.sequence, a.package_sequence)
       FROM seen s JOIN free f ON f.id = s.id WHERE a.id = s.id`,
      [contacts.map(({ id }) => id), contacts.map(({ sequence }) => sequence ?? null) as number[], now()],
    );
    return contacts.map(() => undefined);
  });

  return {
    find,
    async list(after: string, limit: number): Promise<Agent[]> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM agent WHERE id > ? ORDER BY id LIMIT ?`, [after, limit]);
      return rows.map(toAgent);
    },
    /** Public keys of the agents that stand at each checkpoint, compressed. */
    async keysByCheckpoint(): Promise<Map<string, Uint8Array[]>> {
      const { rows } = await db.raw(
        `SELECT a.checkpoint_id, c.public_jwk FROM agent a JOIN caller c ON c.id = a.id
         WHERE a.withdrawn_at IS NULL AND c.withdrawn_at IS NULL ORDER BY a.id`,
      );
      const keys = new Map<string, Uint8Array[]>();
      for (const { checkpoint_id: id, public_jwk: jwk } of rows as { checkpoint_id: string; public_jwk: object }[])
        keys.set(id, [...(keys.get(id) ?? []), parseP256Jwk(jwk).compressed]);
      return keys;
    },
    /** A code of 80 random bits; only its digest is kept. The caller has checked that the checkpoint exists. */
    async createCode(checkpointId: string, actor: string): Promise<{ code: string; expiresAt: Date }> {
      const code = formatEnrolmentCode(randomBytes(CODE_BYTES));
      const expiresAt = new Date(clock.nowMs() + CODE_LIFE_MS);
      await db.transaction(async (transaction: Transaction) => {
        await transaction.raw(
          'INSERT INTO enrolment_code (code_digest, checkpoint_id, created_at, expires_at) VALUES (?, ?, ?, ?)',
          [digestOf(code), checkpointId, now(), expiresAt],
        );
        await appendAudit(
          transaction,
          [{ actor, action: 'agent-enrolment.opened', subject: `checkpoint:${checkpointId}` }],
          clock.nowMs(),
        );
      });
      return { code, expiresAt };
    },
    /**
     * Enrols an agent. The same code with the same key is answered again until it expires, for an agent that lost the
     * first answer. @throws Refusal `enrolment-code-invalid`, `agent-key-invalid`
     */
    async enrol(input: { code: string; key: CheckedP256Jwk; name: string | undefined }): Promise<Agent> {
      const code = normaliseEnrolmentCode(input.code);
      if (code === undefined) throw new Refusal('enrolment-code-invalid');
      const agentId = `agent-${randomBytes(8).toString('hex')}`;
      const publicKey = Buffer.from(input.key.compressed);
      try {
        return await db.transaction(async (transaction: Transaction) => {
          const used = await transaction.raw(
            `UPDATE enrolment_code SET used_at = ?, agent_id = ? WHERE code_digest = ? AND used_at IS NULL AND expires_at > ?
             RETURNING checkpoint_id`,
            [now(), agentId, digestOf(code), now()],
          );
          if (used.rows[0] === undefined) {
            const again = await transaction.raw(
              `SELECT ${COLUMNS.split(', ')
                .map((column) => `a.${column}`)
                .join(', ')} FROM enrolment_code e JOIN agent a ON a.id = e.agent_id
               WHERE e.code_digest = ? AND e.expires_at > ? AND a.public_key = ? AND a.withdrawn_at IS NULL`,
              [digestOf(code), now(), publicKey],
            );
            if (again.rows[0] === undefined) throw new Refusal('enrolment-code-invalid');
            return toAgent(again.rows[0]);
          }
          const { checkpoint_id: checkpointId } = used.rows[0];
          const { rows } = await transaction.raw(
            `INSERT INTO agent (id, checkpoint_id, name, public_key, enrolled_at) VALUES (?, ?, ?, ?, ?) RETURNING ${COLUMNS}`,
            [agentId, checkpointId, input.name ?? null, publicKey, now()],
          );
          await callers.register(transaction, {
            id: agentId,
            kind: 'agent',
            publicJwk: publicJwkMembers(input.key),
          });
          await appendAudit(
            transaction,
            [
              {
                actor: `agent:${agentId}`,
                action: 'agent.enrolled',
                subject: `agent:${agentId}`,
                detail: { checkpoint: checkpointId },
              },
            ],
            clock.nowMs(),
          );
          return toAgent(rows[0]);
        });
      } catch (error) {
        if (violatedConstraint(error) === 'agent_key_once') throw new Refusal('agent-key-invalid', { cause: error });
        throw error;
      }
    },
    /** Ends an agent's key; a second time changes nothing. */
    async withdraw(id: string, actor: string): Promise<Agent | undefined> {
      await db.transaction(async (transaction: Transaction) => {
        const result = await transaction.raw(
          'UPDATE agent SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL',
          [now(), id],
        );
        if (result.rowCount !== 1) return;
        await callers.withdraw(transaction, id);
        await appendAudit(transaction, [{ actor, action: 'agent.withdrawn', subject: `agent:${id}` }], clock.nowMs());
      });
      return find(id);
    },
    /** Notes that an agent was here and which package it has, at most every five seconds for the same package. */
    async noteContact(id: string, sequence: number | undefined): Promise<void> {
      const last = noted.get(id);
      if (last !== undefined && last.sequence === sequence && clock.nowMs() - last.atMs < CONTACT_EVERY_MS) return;
      noted.set(id, { sequence, atMs: clock.nowMs() });
      await writeContacts({ id, sequence });
    },
    async sweep(): Promise<void> {
      await db.raw("DELETE FROM enrolment_code WHERE expires_at < ?::timestamptz - interval '1 day'", [now()]);
    },
  };
}
export type AgentStore = ReturnType<typeof createAgentStore>;

function toAgent(row: AgentRow): Agent {
  return {
    id: row.id,
    checkpointId: row.checkpoint_id,
    name: row.name,
    enrolledAt: row.enrolled_at,
    withdrawnAt: row.withdrawn_at,
    lastContactAt: row.last_contact_at,
    packageSequence: row.package_sequence,
    journalSequence: row.journal_sequence,
  };
}
