import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal, roleTextOf, type Transaction } from '@lanyard/platform';
import type { ScopedRole } from '../domain/accounts/account.js';
import { type FeedAccount, stateOf } from '../domain/accounts/account-source.js';
import type { StaffMember } from '../domain/accounts/parse-staff-roster.js';
import type { SessionStore } from './session-store.js';

const newId = () => randomBytes(16).toString('base64url');

export interface StaffDifference {
  added: number;
  changed: number;
  unchanged: number;
  closed: number;
}

/**
 * Writes accounts from their two sources. A person who leaves is closed in the same transaction in which all of their
 * sessions end, so no sign-in outlives it.
 */
export function createAccountSourceStore(db: Database, parts: { sessions: SessionStore; clock: Clock }) {
  const { sessions, clock } = parts;
  const nowDate = () => new Date(clock.nowMs());
  async function closeIn(transaction: Transaction, accountId: string, by: string, actor: string): Promise<void> {
    await sessions.endAllIn(transaction, accountId, by, actor);
    await appendAudit(
      transaction,
      [{ actor, action: 'account.closed', subject: `account:${accountId}`, detail: { by } }],
      clock.nowMs(),
    );
  }
  return {
    async readCursor(): Promise<string> {
      const { rows } = await db.raw('SELECT cursor FROM account_feed_progress');
      return (rows[0] as { cursor: string } | undefined)?.cursor ?? '0.0';
    },
    /** One page of the register's feed with its cursor: all or nothing, and harmless when it comes twice. */
    async applyFeed(page: { accounts: FeedAccount[]; next: string }): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `INSERT INTO account AS a (id, kind, number, name, college, major, class, level, enrolment_status, state)
           SELECT id, 'student', number, name, college, major, class, level, enrolment_status, state
           FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
             AS t (id, number, name, college, major, class, level, enrolment_status, state)
           ORDER BY number
           ON CONFLICT (number) DO UPDATE SET name = excluded.name, college = excluded.college, major = excluded.major,
             class = excluded.class, level = excluded.level, enrolment_status = excluded.enrolment_status,
             state = excluded.state, updated_at = ?
             WHERE a.kind = 'student' AND (a.name, a.college, a.major, a.class, a.level, a.enrolment_status, a.state)
               IS DISTINCT FROM (excluded.name, excluded.college, excluded.major, excluded.class, excluded.level,
                 excluded.enrolment_status, excluded.state)
           RETURNING a.id, a.state`,
          [
            page.accounts.map(newId),
            page.accounts.map((one) => one.student_number),
            page.accounts.map((one) => one.name),
            page.accounts.map((one) => one.college),
            page.accounts.map((one) => one.major),
            page.accounts.map((one) => one.class),
            page.accounts.map((one) => one.level),
            page.accounts.map((one) => one.enrolment_status),
            page.accounts.map((one) => stateOf(one.enrolment_status)),
            nowDate(),
          ],
        );
        for (const row of rows as { id: string; state: string }[])
          if (row.state === 'closed') await closeIn(transaction, row.id, 'register', 'service:issuer');
        await transaction.raw(
          `INSERT INTO account_feed_progress (cursor, at) VALUES (?, ?)
           ON CONFLICT (single) DO UPDATE SET cursor = excluded.cursor, at = excluded.at`,
          [page.next, nowDate()],
        );
      });
      sessions.wake();
    },
    /**
     * A whole staff roster: who is new, whose name or roles changed, who is no longer on it. A change of roles ends the
     * person's sessions: what one may do is read at sign-in. `dryRun` changes nothing. The operator token may make the
     * first staff there is, and afterwards change nobody's roles: that takes a signed-in person.
     * @throws Refusal `person-needed`
     */
    async applyStaff(staff: readonly StaffMember[], actor: string, dryRun: boolean): Promise<StaffDifference> {
      const difference: StaffDifference = { added: 0, changed: 0, unchanged: 0, closed: 0 };
      await db
        .transaction(async (transaction) => {
          const known = await transaction.raw(`SELECT 1 FROM account WHERE kind = 'staff' LIMIT 1`);
          const hadStaff = known.rowCount === 1;
          for (const member of [...staff].sort((a, b) => (a.number < b.number ? -1 : 1)))
            difference[await putStaffIn(transaction, member, actor)] += 1;
          const gone = await transaction.raw(
            `UPDATE account SET state = 'closed', updated_at = ? WHERE kind = 'staff' AND state = 'active' AND NOT number = ANY(?)
             RETURNING id`,
            [nowDate(), staff.map((member) => member.number)],
          );
          for (const row of gone.rows as { id: string }[]) {
            await transaction.raw('DELETE FROM account_role WHERE account_id = ?', [row.id]);
            await closeIn(transaction, row.id, 'staff-roster', actor);
          }
          difference.closed = gone.rowCount ?? 0;
          if (dryRun) throw new DryRun();
          const changes = difference.added + difference.changed + difference.closed;
          if (actor === 'operator' && changes > 0 && hadStaff) throw new Refusal('person-needed');
        })
        .catch((error: unknown) => {
          if (!(error instanceof DryRun)) throw error;
        });
      sessions.wake();
      return difference;
    },
  };

  async function putStaffIn(
    transaction: Transaction,
    member: StaffMember,
    actor: string,
  ): Promise<'added' | 'changed' | 'unchanged'> {
    const found = await transaction.raw('SELECT id, kind, name, state FROM account WHERE number = ? FOR UPDATE', [
      member.number,
    ]);
    const before = found.rows[0] as { id: string; kind: string; name: string; state: string } | undefined;
    // A number of the register is never taken over by a staff roster.
    if (before?.kind === 'student') return 'unchanged';
    const id = before?.id ?? newId();
    const roles = await transaction.raw('SELECT role, scope_kind, scope_value FROM account_role WHERE account_id = ?', [
      id,
    ]);
    const sameRoles = rolesKey(member.roles) === rolesKey((roles.rows as RoleRow[]).map(scopedRoleOf));
    if (before !== undefined && before.name === member.name && before.state === 'active' && sameRoles)
      return 'unchanged';
    await transaction.raw(
      `INSERT INTO account (id, kind, number, name) VALUES (?, 'staff', ?, ?)
       ON CONFLICT (number) DO UPDATE SET name = excluded.name, state = 'active', updated_at = ?`,
      [id, member.number, member.name, nowDate()],
    );
    if (!sameRoles) {
      await transaction.raw('DELETE FROM account_role WHERE account_id = ?', [id]);
      for (const role of member.roles)
        await transaction.raw('INSERT INTO account_role VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING', [
          id,
          role.role,
          role.scopeKind,
          role.scopeValue,
        ]);
      if (before !== undefined) await sessions.endAllIn(transaction, id, 'roles-changed', actor);
    }
    await appendAudit(
      transaction,
      [
        {
          actor,
          action: before === undefined ? 'account.added' : 'account.changed',
          subject: `account:${id}`,
          detail: { kind: 'staff', roles: member.roles.map((role) => role.role) },
        },
      ],
      clock.nowMs(),
    );
    return before === undefined ? 'added' : 'changed';
  }
}
export type AccountSourceStore = ReturnType<typeof createAccountSourceStore>;

class DryRun extends Error {}

interface RoleRow {
  role: ScopedRole['role'];
  scope_kind: ScopedRole['scopeKind'];
  scope_value: string;
}
const scopedRoleOf = (row: RoleRow): ScopedRole => ({
  role: row.role,
  scopeKind: row.scope_kind,
  scopeValue: row.scope_value,
});
const rolesKey = (roles: readonly ScopedRole[]): string => [...new Set(roles.map(roleTextOf))].sort().join('\n');
