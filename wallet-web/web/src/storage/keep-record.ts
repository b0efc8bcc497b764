import type { KeptRecord } from './kept.js';
import type { WalletTransaction } from './wallet-db.js';

const GATE_KEPT_MS = 7 * 86_400_000;
const OTHER_KEPT_MS = 180 * 86_400_000;
/** Opening the page again within this time is the same showing. */
const SAME_SHOWING_MS = 600_000;

/** True when a row is past its time: gate showings 7 days, the rest 180. */
export function isPast(record: KeptRecord, nowMs: number): boolean {
  return nowMs - record.atMs > (record.kind === 'gate-shown' ? GATE_KEPT_MS : OTHER_KEPT_MS);
}

/** True when `next` only goes on with a showing that has its row already. */
export function continues(previous: KeptRecord | undefined, next: KeptRecord): boolean {
  return previous?.kind === 'gate-shown' && next.kind === 'gate-shown' && next.atMs - previous.atMs < SAME_SHOWING_MS;
}

/** Adds a row and drops those past their time. */
export async function keepRecord(transaction: WalletTransaction, record: KeptRecord): Promise<void> {
  const store = transaction.objectStore('records');
  const all = await store.getAll();
  for (const old of all) if (old.id !== undefined && isPast(old, record.atMs)) await store.delete(old.id);
  if (!continues(all.at(-1), record)) await store.add(record);
}
