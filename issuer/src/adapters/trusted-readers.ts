import { auditTrustListAlarm, type Clock, type Database, openTrustList, type SealedStore } from '@lanyard/platform';
import { readStoredTrustAnchor, storedTrustAnchor } from '@lanyard/protocol/trust-list';

const KEPT_AS = 'trust-list.json';

/** Who else may ask our wallets for presentations: verifiers of the universities in the trust list. */
export interface TrustedReaders {
  /** Their roots, DER. Empty without a list, and once it has ended. */
  anchors(): readonly Uint8Array[];
  refresh(): Promise<void>;
}

/** Follows the trust list; the one in force lies in the sealed store. */
export async function openTrustedReaders(
  parts: Omit<Parameters<typeof openTrustList>[0], 'source' | 'store'> & {
    source: Parameters<typeof openTrustList>[0]['source'] | undefined;
    sealedStore: SealedStore;
    database: Database;
    clock: Clock;
    universityCode: string;
  },
): Promise<TrustedReaders> {
  const { source, sealedStore, clock } = parts;
  if (source === undefined) return { anchors: () => [], refresh: async () => {} };
  const reader = await openTrustList({
    ...parts,
    source,
    store: {
      async read() {
        const kept = sealedStore.read(KEPT_AS);
        if (kept === undefined) return undefined;
        const { compact, anchor } = JSON.parse(kept.toString('utf8')) as {
          compact: string;
          anchor: ReturnType<typeof storedTrustAnchor>;
        };
        return { compact, anchor: readStoredTrustAnchor(anchor) };
      },
      async save(compact, anchor) {
        sealedStore.write(KEPT_AS, Buffer.from(JSON.stringify({ compact, anchor: storedTrustAnchor(anchor) })));
        return true;
      },
      recordAlarm: auditTrustListAlarm(parts.database, 'service:issuer', clock),
    },
  });
  return {
    refresh: reader.look,
    anchors() {
      const list = reader.list();
      if (list === undefined || clock.nowSeconds() >= list.expiresSeconds) return [];
      return list.entries
        .filter((entry) => entry.state === 'active' && entry.universityCode !== parts.universityCode)
        .flatMap((entry) => entry.readerAnchors);
    },
  };
}
