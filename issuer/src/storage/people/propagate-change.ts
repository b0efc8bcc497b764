import type { Queryable, Transaction } from '@lanyard/platform';
import { ALUMNI_CONFIGURATION_ID } from '@lanyard/protocol';
import { ringBell } from '../../adapters/change-bell.js';
import { noteAccountChanges } from './account-feed.js';
import { markPeople } from './people-store.js';

/**
 * Carries a change of students into everything that follows from it, in the same transaction: status of every living
 * credential, rows of the people table, the holder's version, the outbox. Set-based: the whole register at once. A
 * revoked entry stays revoked, whatever the register says now. Of `quietIds` no device hears by itself.
 */
export async function propagateStudentChange(
  transaction: Transaction,
  studentIds: readonly number[],
  quietIds: readonly number[] = [],
): Promise<void> {
  const ids = [...studentIds, ...quietIds];
  if (ids.length === 0) return;
  const changed = await transaction.raw(
    `UPDATE credential c SET status = target.status
     FROM (SELECT c2.id, CASE WHEN c2.discarded_at IS NOT NULL OR w.retired_at IS NOT NULL THEN 1
                              ELSE CASE CASE WHEN c2.configuration_id = '${ALUMNI_CONFIGURATION_ID}' THEN coalesce(hs.alumni_state, 'revoked')
                                             WHEN c2.document_id IS NOT NULL THEN ds.copy_state
                                             ELSE hs.credential_state END WHEN 'revoked' THEN 1 WHEN 'suspended' THEN 2 ELSE 0 END
                              END AS status
           FROM credential c2 LEFT JOIN wallet w ON w.id = c2.wallet_id JOIN holder_state hs ON hs.student_id = c2.student_id
             LEFT JOIN document_standing ds ON ds.document_id = c2.document_id
           WHERE c2.student_id = ANY(?) AND c2.status <> 1 AND c2.expires_at > now()) target
     WHERE c.id = target.id AND c.status <> target.status AND c.status <> 1 RETURNING c.list_id`,
    [ids],
  );
  const lists = [...new Set((changed.rows as { list_id: number }[]).map((row) => row.list_id))].sort((a, b) => a - b);
  let passesChanged = false;
  // One list after the other in the order of their ids, so that parallel changes never wait for each other in a ring.
  for (const list of lists) {
    const { rows } = await transaction.raw('UPDATE status_list SET version = version + 1 WHERE id = ? RETURNING kind', [
      list,
    ]);
    passesChanged ||= rows[0]?.kind === 'pass';
  }
  await tellOfChange(transaction, studentIds, quietIds, passesChanged);
}

/** The half of a change that touches no entry of a status list: people table, holder's version, outbox. */
async function tellOfChange(
  transaction: Transaction,
  studentIds: readonly number[],
  quietIds: readonly number[],
  passesChanged: boolean,
): Promise<void> {
  const ids = [...studentIds, ...quietIds];
  await markPeople(transaction, ids);
  await raiseVersions(transaction, studentIds);
  await noteAccountChanges(transaction, ids);
  await noteChange(transaction, passesChanged ? ['person.changed', 'passes.changed'] : ['person.changed']);
}

/**
 * What a semester registration changes: rows of the people table, and what the holder holds. Copies stay good but say an
 * earlier date, so wallets obtain them anew. Accounts know nothing of it.
 */
export async function propagateRegistration(
  transaction: Transaction,
  studentIds: readonly number[],
  now: Date,
): Promise<void> {
  if (studentIds.length === 0) return;
  await markPeople(transaction, studentIds);
  await transaction.raw(
    `INSERT INTO holder (student_id, copies_outdated_at) SELECT unnest(?::bigint[]), ? ON CONFLICT (student_id)
     DO UPDATE SET version = holder.version + 1, copies_outdated_at = excluded.copies_outdated_at`,
    [[...studentIds], now],
  );
  await noteChange(transaction, ['person.changed']);
}

/** What a wallet waits for. */
async function raiseVersions(transaction: Transaction, studentIds: readonly number[]): Promise<void> {
  await transaction.raw(
    `INSERT INTO holder (student_id) SELECT unnest(?::bigint[]) ON CONFLICT (student_id) DO UPDATE SET version = holder.version + 1`,
    [[...studentIds]],
  );
}

async function noteChange(transaction: Queryable, kinds: readonly string[]): Promise<void> {
  await transaction.raw('INSERT INTO change (kind) SELECT unnest(?::text[])', [[...kinds]]);
  await ringBell(transaction);
}

/** Students' wallets look what there is for them; what others know of the students stays as it is. */
export async function tellHolders(transaction: Transaction, studentIds: readonly number[]): Promise<void> {
  if (studentIds.length === 0) return;
  await raiseVersions(transaction, studentIds);
  await ringBell(transaction);
}

/** Tells the others that pass lists are there or have changed, where no student has. */
export async function announcePasses(on: Queryable): Promise<void> {
  await noteChange(on, ['passes.changed']);
}
