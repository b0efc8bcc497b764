import type { Database, Queryable } from '@lanyard/platform';

/** A student as the identity layer may know them: no identity document, no birth date, no contact. */
export interface AccountRow {
  student_number: string;
  name: string;
  college: string;
  major: string;
  class: string;
  level: string;
  enrolment_status: string;
  campus: string;
  counsellor_staff_number: string;
}

const ACCOUNT_COLUMNS =
  'student_number, name, college, major, class, level, enrolment_status, campus, counsellor_staff_number';

/** Notes that accounts of these students may have changed, in the transaction of the change. */
export async function noteAccountChanges(transaction: Queryable, studentIds: readonly number[]): Promise<void> {
  if (studentIds.length === 0) return;
  await transaction.raw('INSERT INTO account_change (student_id) SELECT unnest(?::bigint[])', [[...studentIds]]);
}

/**
 * Students that changed after a cursor, each with its present state. The order is that of transactions, and only what
 * no running transaction can still precede is given, so a reader who goes on from `next` misses nothing. `held` says
 * that there is nothing to give yet but changes wait for such a transaction: no bell rings at its end.
 */
export async function readAccountFeed(
  db: Database,
  after: string,
  limit: number,
): Promise<{ accounts: AccountRow[]; next: string; more: boolean; held: boolean }> {
  const [transaction = '0', n = '0'] = after.split('.');
  const { rows } = await db.raw(
    `WITH page AS (
       SELECT transaction_id, n, student_id FROM account_change
       WHERE (transaction_id, n) > (?::xid8, ?::bigint) AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
       ORDER BY transaction_id, n LIMIT ?)
     SELECT p.transaction_id::text AS transaction_id, p.n::text AS n, ${ACCOUNT_COLUMNS}
     FROM page p JOIN student ON student.id = p.student_id ORDER BY p.transaction_id, p.n`,
    [transaction, n, limit],
  );
  const page = rows as (AccountRow & { transaction_id: string; n: string })[];
  const last = page.at(-1);
  const held =
    last === undefined &&
    (
      await db.raw('SELECT 1 FROM account_change WHERE (transaction_id, n) > (?::xid8, ?::bigint) LIMIT 1', [
        transaction,
        n,
      ])
    ).rowCount === 1;
  const newest = new Map(page.map(({ transaction_id: _t, n: _n, ...row }) => [row.student_number, row]));
  return {
    accounts: [...newest.values()],
    next: last === undefined ? after : `${last.transaction_id}.${last.n}`,
    more: page.length === limit,
    held,
  };
}

/** One student as a service may fill into a form, with where he lives and the day of his registration. */
export async function findAccount(
  db: Queryable,
  studentNumber: string,
): Promise<(AccountRow & { building: string; registered_until: string | null }) | undefined> {
  const { rows } = await db.raw(
    `SELECT ${ACCOUNT_COLUMNS}, building, registered_until FROM student WHERE student_number = ?`,
    [studentNumber],
  );
  return rows[0];
}

/** Deletes rows that a later one of the same student stands for. */
export async function sweepAccountFeed(db: Database): Promise<void> {
  await db.raw(
    `DELETE FROM account_change a USING account_change b WHERE b.student_id = a.student_id
     AND (b.transaction_id, b.n) > (a.transaction_id, a.n) AND b.transaction_id < pg_snapshot_xmin(pg_current_snapshot())`,
  );
}
