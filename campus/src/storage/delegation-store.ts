import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { type HeldRole, type PersonId, reaches } from '../domain/people/person.js';
import type { CaseSealer } from './sealer.js';

const DAY_MS = 86_400_000;
const MAX_DAYS = 60;
const MAX_OPEN = 10;

interface Row {
  id: string;
  from_person: PersonId;
  to_person: PersonId;
  roles: HeldRole[];
  from_at: Date;
  until_at: Date;
}
const COLUMNS = 'id, from_person, to_person, roles, from_at, until_at';

/**
 * Who acts for whom, for a period. The roles are those held when it was made and still held today; nobody hands on what
 * was delegated to him.
 */
export function createDelegationStore(
  db: Database,
  parts: {
    sealer: CaseSealer;
    clock: Clock;
    /** What somebody holds today; where nobody can say, what he held when he delegated. */
    rolesToday?: (person: PersonId) => Promise<readonly HeldRole[]>;
  },
) {
  const { sealer, clock, rolesToday } = parts;
  async function stillHeld({ from_person: person, roles }: Row): Promise<readonly HeldRole[]> {
    if (rolesToday === undefined) return roles;
    const today = await rolesToday(person);
    return roles.filter((role) => today.some((held) => reaches(held, role)));
  }
  return {
    /** @throws Refusal `delegation-period-invalid`, `delegation-to-oneself`, `delegations-at-most` */
    async make(
      transaction: Transaction,
      asked: { from: PersonId; to: PersonId; roles: readonly HeldRole[]; fromMs: number; untilMs: number },
    ): Promise<Row> {
      if (asked.from === asked.to) throw new Refusal('delegation-to-oneself');
      if (
        asked.untilMs <= asked.fromMs ||
        asked.untilMs <= clock.nowMs() ||
        asked.untilMs - asked.fromMs > MAX_DAYS * DAY_MS
      )
        throw new Refusal('delegation-period-invalid');
      const { rows: open } = await transaction.raw(
        'SELECT count(*) AS n FROM delegation WHERE from_person = ? AND ended_at IS NULL AND until_at > ?',
        [asked.from, new Date(clock.nowMs())],
      );
      if (Number(open[0].n) >= MAX_OPEN) throw new Refusal('delegations-at-most');
      const id = randomBytes(16).toString('base64url');
      const { rows } = await transaction.raw(
        `INSERT INTO delegation (id, from_person, to_person, roles, from_at, until_at, made_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING ${COLUMNS}`,
        [
          ...[id, asked.from, asked.to, JSON.stringify(asked.roles), new Date(asked.fromMs), new Date(asked.untilMs)],
          new Date(clock.nowMs()),
        ],
      );
      const detail = { to: sealer.auditName(asked.to), from_at: rows[0].from_at, until_at: rows[0].until_at };
      const event = {
        actor: sealer.auditName(asked.from),
        action: 'delegation.made',
        subject: `delegation:${id}`,
        detail,
      };
      await appendAudit(transaction, [event], clock.nowMs());
      return rows[0];
    },
    /** By who made it, once. @throws Refusal `delegation-not-found` */
    async end(transaction: Transaction, id: string, from: PersonId): Promise<void> {
      const { rowCount } = await transaction.raw(
        'UPDATE delegation SET ended_at = ? WHERE id = ? AND from_person = ? AND ended_at IS NULL',
        [new Date(clock.nowMs()), id, from],
      );
      if (rowCount !== 1) throw new Refusal('delegation-not-found');
      const event = { actor: sealer.auditName(from), action: 'delegation.ended', subject: `delegation:${id}` };
      await appendAudit(transaction, [event], clock.nowMs());
    },
    /** Made by or for a person and not over. */
    async of(person: PersonId): Promise<Row[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM delegation WHERE (from_person = ? OR to_person = ?) AND ended_at IS NULL AND until_at > ? ORDER BY from_at, id LIMIT 100`,
        [person, person, new Date(clock.nowMs())],
      );
      return rows;
    },
    /** Whom a person stands in for at this moment; nobody who holds nothing any more of what he delegated. */
    async standsInFor(person: PersonId): Promise<{ person: PersonId; roles: readonly HeldRole[] }[]> {
      const now = new Date(clock.nowMs());
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM delegation WHERE to_person = ? AND ended_at IS NULL AND from_at <= ? AND until_at > ? ORDER BY from_at, id LIMIT 50`,
        [person, now, now],
      );
      const all = await Promise.all(
        (rows as Row[]).map(async (row) => ({ person: row.from_person, roles: await stillHeld(row) })),
      );
      return all.filter(({ roles }) => roles.length > 0);
    },
  };
}
export type DelegationStore = ReturnType<typeof createDelegationStore>;
