import { join } from 'node:path';
import { type CryptoPort, DocumentError, restorePackage, storePackage } from '@lanyard/protocol';
import { open } from 'lmdb';
import type { PortraitStore } from '../domain/fetch-portraits.js';
import type { PackageStore } from '../domain/package-holder.js';
import type { Box } from './box.js';

const packageName = 'package';

/**
 * Package and portraits, encrypted, in an environment apart from the ledger: writing three megabytes of package never
 * holds up a passage.
 */
export function openLmdbDocuments(options: {
  folder: string;
  crypto: CryptoPort;
  box: Box;
  onUnreadable: (code: string) => void;
}): {
  packages: PackageStore;
  portraits: PortraitStore;
  close(): Promise<void>;
} {
  const { crypto, box } = options;
  const root = open({ path: join(options.folder, 'documents'), overlappingSync: false, maxDbs: 4 });
  const packages = root.openDB<Buffer, string>('package', { encoding: 'binary' });
  const portraits = root.openDB<Buffer, string>('portraits', { encoding: 'binary' });
  return {
    packages: {
      load() {
        const sealed = packages.get(packageName);
        if (sealed === undefined) return undefined;
        const bytes = box.open(packageName, sealed);
        try {
          return restorePackage(crypto, new Uint8Array(bytes));
        } catch (error) {
          if (!(error instanceof DocumentError)) throw error;
          options.onUnreadable(error.code);
          return undefined; // written by another version: the verifier sends a whole one
        }
      },
      async save(state) {
        await packages.put(packageName, box.seal(packageName, storePackage(state)));
      },
    },
    portraits: {
      has: (id) => portraits.doesExist(id),
      read(id) {
        const sealed = portraits.get(id);
        return sealed === undefined ? undefined : box.open(`portrait ${id}`, sealed);
      },
      async write(id, jpeg) {
        await portraits.put(id, box.seal(`portrait ${id}`, jpeg));
      },
      ids: () => portraits.getKeys({}),
      async remove(id) {
        await portraits.remove(id);
      },
    },
    close: () => root.close(),
  };
}
