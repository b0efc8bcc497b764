import type { Database, Queryable } from '@lanyard/platform';
import type { Account, Role, ScopedRole, ScopeKind } from '../domain/accounts/account.js';

interface AccountRow {
  id: string;
  kind: 'student' | 'staff';
  number: string;
  name: string;
  college: string;
  major: string;
  class: string;
  level: string;
  enrolment_status: string;
  state: 'active' | 'closed';
  claimed: boolean;
  roles: { role: Role; scope_kind: ScopeKind; scope_value: string }[] | null;
}

const COLUMNS = `a.id, a.kind, a.number, a.name, a.college, a.major, a.class, a.level, a.enrolment_status, a.state,
  a.claimed_at IS NOT NULL AS claimed,
  (SELECT jsonb_agg(jsonb_build_object('role', r.role, 'scope_kind', r.scope_kind, 'scope_value', r.scope_value)
     ORDER BY r.role, r.scope_kind, r.scope_value) FROM account_role r WHERE r.account_id = a.id) AS roles`;

/** Reads accounts; they are written by the register's feed and the staff roster (account-feed-store, staff-store). */
export function createAccountStore(db: Database) {
  return {
    async findById(id: string, queryable: Queryable = db): Promise<Account | undefined> {
      const { rows } = await queryable.raw(`SELECT ${COLUMNS} FROM account a WHERE a.id = ?`, [id]);
      return rows[0] === undefined ? undefined : accountOf(rows[0] as AccountRow);
    },
    /** By student or staff number; closed accounts too: callers decide. */
    async findByNumber(number: string, queryable: Queryable = db): Promise<Account | undefined> {
      const { rows } = await queryable.raw(`SELECT ${COLUMNS} FROM account a WHERE a.number = ?`, [number]);
      return rows[0] === undefined ? undefined : accountOf(rows[0] as AccountRow);
    },
    /** Of who works here, by staff number in any case of letters; none for anybody else. */
    async rolesOfStaff(number: string): Promise<readonly ScopedRole[]> {
      const { rows } = await db.raw(
        `SELECT r.role, r.scope_kind AS "scopeKind", r.scope_value AS "scopeValue"
         FROM account a JOIN account_role r ON r.account_id = a.id
         WHERE lower(a.number) = lower(?) AND a.kind = 'staff' AND a.state = 'active'
         ORDER BY r.role, r.scope_kind, r.scope_value`,
        [number],
      );
      return rows;
    },
  };
}
export type AccountStore = ReturnType<typeof createAccountStore>;

function accountOf(row: AccountRow): Account {
  return {
    id: row.id,
    kind: row.kind,
    number: row.number,
    name: row.name,
    college: row.college,
    major: row.major,
    class: row.class,
    level: row.level,
    enrolmentStatus: row.enrolment_status,
    state: row.state,
    claimed: row.claimed,
    roles: (row.roles ?? []).map((role) => ({
      role: role.role,
      scopeKind: role.scope_kind,
      scopeValue: role.scope_value,
    })),
  };
}
