import { join } from 'node:path';
import { open } from 'lmdb';
import type { CardTap } from '../domain/card-check.js';
import type { KeptCards } from '../domain/check-kept-cards.js';

/** Days without a network at a busy door; past that the oldest are dropped. */
const maxKept = 50_000;

/** Kept reads in an lmdb environment of their own, in the order in which they came. */
export function openLmdbKeptCards(folder: string): KeptCards & { close(): Promise<void> } {
  const root = open<CardTap, number>({ path: join(folder, 'kept-cards'), overlappingSync: false, encoding: 'json' });
  let last = [...root.getKeys({ reverse: true, limit: 1 })][0] ?? 0;
  return {
    keep(tap) {
      last += 1;
      root.transactionSync(() => {
        root.put(last, tap);
        root.remove(last - maxKept);
      });
    },
    first: (limit) => [...root.getRange({ limit })].map(({ value }) => value),
    drop(ids) {
      if (ids.length === 0) return;
      const gone = new Set(ids);
      root.transactionSync(() => {
        for (const { key, value } of [...root.getRange({ limit: 1_000 })]) if (gone.has(value.id)) root.remove(key);
      });
    },
    close: () => root.close(),
  };
}
