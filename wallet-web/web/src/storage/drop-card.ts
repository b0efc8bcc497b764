import type { HeldCredential } from './kept.js';
import type { WalletTransaction } from './wallet-db.js';

/** Deletes a card beside the student ID with its copies and keys; answers the copies, for whoever has to be told. */
export async function dropCard(transaction: WalletTransaction, key: string): Promise<HeldCredential[]> {
  const others = transaction.objectStore('others');
  const copies = await others.index('card').getAll(key);
  for (const copy of copies) if (copy.id !== undefined) await others.delete(copy.id);
  await transaction.objectStore('cards').delete(key);
  return copies;
}
