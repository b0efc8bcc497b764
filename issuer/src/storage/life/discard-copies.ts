import type { Transaction } from '@lanyard/platform';
import { moveLists } from '../credentials/wallet-store.js';

/**
 * Revokes copies that say something of their student that is no longer so; wallets obtain new ones. Passes say none of
 * it and stay; documents say what was so on their day, as the paper does.
 */
export async function discardCopies(transaction: Transaction, studentIds: readonly number[], now: Date): Promise<void> {
  if (studentIds.length === 0) return;
  const { rows } = await transaction.raw(
    `UPDATE credential SET status = 1, discarded_at = coalesce(discarded_at, ?)
     WHERE student_id = ANY(?) AND configuration_id <> 'student-pass' AND document_id IS NULL AND status <> 1 AND expires_at > ? RETURNING list_id`,
    [now, [...studentIds], now],
  );
  await moveLists(transaction, rows as { list_id: number }[]);
}

/** Copies stay good but say an earlier date: wallets obtain them anew, each a little later than the other. */
export async function outdateCopies(transaction: Transaction, studentIds: readonly number[], now: Date): Promise<void> {
  if (studentIds.length === 0) return;
  await transaction.raw(
    `INSERT INTO holder (student_id, copies_outdated_at) SELECT unnest(?::bigint[]), ?
     ON CONFLICT (student_id) DO UPDATE SET copies_outdated_at = excluded.copies_outdated_at`,
    [[...studentIds], now],
  );
}
