import { createHmac, randomBytes } from 'node:crypto';
import { Refusal, type SealedStore } from '@lanyard/platform';

/**
 * Master keys of campus cards, one per key version, 16 bytes, sealed in the issuer's store. They leave this process
 * only as cryptograms to a card; no route, log or table holds one.
 */
export interface CardKeys {
  /** Makes the master key of a version. @throws Refusal `card-key-exists`: a key is never replaced */
  create(keyVersion: number): void;
  /** @throws Refusal `card-key-missing` where the store lacks it: cards of this version cannot be read any more */
  master(keyVersion: number): Uint8Array;
  /** Name of a UID in the database, HMAC-SHA-256 under a key of the issuer. */
  uidDigest(uid: Uint8Array): Buffer;
}

export function openCardKeys(store: SealedStore): CardKeys {
  const name = (keyVersion: number) => `card-master-${keyVersion}`;
  const digestKey = store.derive('card uid');
  // Read from disk once: 45,000 taps a second would else open 45,000 files.
  const open = new Map<number, Uint8Array>();
  return {
    create(keyVersion) {
      if (store.read(name(keyVersion)) !== undefined) throw new Refusal('card-key-exists');
      store.write(name(keyVersion), randomBytes(16));
    },
    master(keyVersion) {
      const known = open.get(keyVersion) ?? store.read(name(keyVersion));
      if (known === undefined) throw new Refusal('card-key-missing');
      const key = new Uint8Array(known);
      open.set(keyVersion, key);
      return key;
    },
    uidDigest: (uid) => createHmac('sha256', digestKey).update(uid).digest(),
  };
}
