import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import type { HeldCredential, KeptNotice, KeptOnce, KeptRecord, OtherCard } from './kept.js';

interface Schema extends DBSchema {
  kept: { key: string; value: KeptOnce[keyof KeptOnce] };
  credentials: { key: number; value: HeldCredential; indexes: { configuration: string } };
  records: { key: number; value: KeptRecord };
  /** Cards of other issuers, and their copies: apart from the student ID. */
  cards: { key: string; value: OtherCard };
  others: { key: number; value: HeldCredential; indexes: { card: string } };
  notices: { key: number; value: KeptNotice };
}
const STORES = ['kept', 'credentials', 'records', 'cards', 'others', 'notices'] as const;
type Stores = typeof STORES;
export type WalletTransaction = IDBPTransaction<Schema, Stores, 'readwrite'>;

/** What was read at once: the same moment of everything. */
export type Kept = { readonly [Name in keyof KeptOnce]?: KeptOnce[Name] };

/**
 * The wallet's storage: keys as CryptoKey that cannot be exported, in IndexedDB. `write` is one transaction: all of
 * it or nothing is kept, so `work` awaits nothing but its own requests.
 */
export async function openWalletDb() {
  const db: IDBPDatabase<Schema> = await openDB<Schema>('lanyard-wallet', 2, {
    upgrade(made, from) {
      if (from < 1) {
        made.createObjectStore('kept');
        made
          .createObjectStore('credentials', { keyPath: 'id', autoIncrement: true })
          .createIndex('configuration', 'configuration');
        made.createObjectStore('records', { keyPath: 'id', autoIncrement: true });
      }
      made.createObjectStore('cards', { keyPath: 'key' });
      made.createObjectStore('others', { keyPath: 'id', autoIncrement: true }).createIndex('card', 'card');
      made.createObjectStore('notices', { keyPath: 'id', autoIncrement: true });
    },
    // Another tab deletes or upgrades: holding on would block it for good.
    blocking: () => db.close(),
  });
  return {
    async read(...names: (keyof KeptOnce)[]): Promise<Kept> {
      const transaction = db.transaction('kept');
      const values = await Promise.all(names.map((name) => transaction.store.get(name)));
      return Object.fromEntries(names.map((name, index) => [name, values[index]])) as Kept;
    },
    credentials: (configuration: string): Promise<HeldCredential[]> =>
      db.getAllFromIndex('credentials', 'configuration', configuration),
    records: (): Promise<KeptRecord[]> => db.getAll('records'),
    cards: (): Promise<OtherCard[]> => db.getAll('cards'),
    others: (card: string): Promise<HeldCredential[]> => db.getAllFromIndex('others', 'card', card),
    notices: (): Promise<KeptNotice[]> => db.getAll('notices'),
    async write(work: (transaction: WalletTransaction) => Promise<unknown> | undefined): Promise<void> {
      const transaction = db.transaction(STORES, 'readwrite', { durability: 'strict' });
      try {
        await work(transaction);
      } catch (error) {
        transaction.abort();
        await transaction.done.catch(() => {});
        throw error;
      }
      await transaction.done;
    },
    async keep<Name extends keyof KeptOnce>(name: Name, value: KeptOnce[Name]): Promise<void> {
      await db.put('kept', value, name);
    },
  };
}
export type WalletDb = Awaited<ReturnType<typeof openWalletDb>>;
