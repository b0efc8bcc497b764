import type { Page } from 'playwright-core';

/** What a wallet's page keeps in one of its stores. */
export const keptIn = <T>(page: Page, store: string): Promise<T[]> =>
  page.evaluate(async (name) => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open('lanyard-wallet');
      opening.onsuccess = () => resolve(opening.result);
    });
    const reading = db.transaction(name).objectStore(name).getAll();
    await new Promise<void>((resolve) => {
      reading.onsuccess = () => resolve();
    });
    db.close();
    return reading.result;
  }, store);

/** Writes `change` into each thing a store keeps, or into the one under `key`. */
export const changeKept = (page: Page, store: string, change: object, key?: string): Promise<void> =>
  page.evaluate(
    async (given) => {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open('lanyard-wallet');
        opening.onsuccess = () => resolve(opening.result);
      });
      const walking = db.transaction(given.store, 'readwrite').objectStore(given.store).openCursor(given.key);
      await new Promise<void>((resolve) => {
        walking.onsuccess = () => {
          const cursor = walking.result;
          if (cursor === null) return resolve();
          cursor.update({ ...cursor.value, ...given.change });
          cursor.continue();
        };
      });
      db.close();
    },
    { store, change, key },
  );
