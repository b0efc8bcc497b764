import { Refusal, type Transaction } from '@lanyard/platform';

/** Locks checkpoints for a change to what is set of them, in one order for all. @throws Refusal `checkpoint-not-found` */
export async function lockCheckpoints(transaction: Transaction, wanted: readonly string[] | 'all'): Promise<string[]> {
  const { rows } =
    wanted === 'all'
      ? await transaction.raw('SELECT id FROM checkpoint ORDER BY id FOR NO KEY UPDATE')
      : await transaction.raw('SELECT id FROM checkpoint WHERE id = ANY(?) ORDER BY id FOR NO KEY UPDATE', [
          [...wanted],
        ]);
  const ids = (rows as { id: string }[]).map(({ id }) => id);
  if (wanted !== 'all' && ids.length !== new Set(wanted).size) throw new Refusal('checkpoint-not-found');
  return ids;
}
