import { appendAudit, type Clock, type Transaction } from '@lanyard/platform';
import { propagateRegistration } from '../people/propagate-change.js';

/**
 * The one way in which a semester registration changes. Answers who changed. `updated_at` stays: registration is a fact
 * of its own, and undoing restores the row.
 */
export async function setRegisteredUntil(
  transaction: Transaction,
  dates: readonly { readonly id: number; readonly date: string | null }[],
  by: { readonly actor: string; readonly clock: Clock; readonly source?: string },
): Promise<number[]> {
  if (dates.length === 0) return [];
  const { rows } = await transaction.raw(
    `UPDATE student s SET registered_until = t.date FROM unnest(?::bigint[], ?::date[]) AS t (id, date)
     WHERE s.id = t.id AND s.registered_until IS DISTINCT FROM t.date RETURNING s.id`,
    [dates.map((one) => one.id), dates.map((one) => one.date)] as never,
  );
  const changed = (rows as { id: number }[]).map((row) => row.id).sort((a, b) => a - b);
  const dateOf = new Map(dates.map((one) => [one.id, one.date]));
  const nowMs = by.clock.nowMs();
  await propagateRegistration(transaction, changed, new Date(nowMs));
  await appendAudit(
    transaction,
    changed.map((id) => ({
      actor: by.actor,
      action: 'semester-registration.changed',
      subject: `student:${id}`,
      detail: { registered_until: dateOf.get(id) ?? null, ...(by.source === undefined ? {} : { source: by.source }) },
    })),
    nowMs,
  );
  return changed;
}
