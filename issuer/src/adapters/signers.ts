import { createPrivateKey } from 'node:crypto';
import { type Clock, type Database, keyIdOf, type SealedStore } from '@lanyard/platform';
import type { Sign } from '@lanyard/protocol';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';

export const SIGNER_USES = ['document', 'pass', 'status', 'package', 'audit'] as const;
export type SignerUse = (typeof SIGNER_USES)[number];

/** A key that may sign now. The private half never leaves this process; it lies sealed in the store. */
export interface ActiveSigner {
  use: SignerUse;
  kid: Uint8Array;
  kidText: string;
  compressed: Uint8Array;
  sign: Sign;
}

/** A signer as others see it. */
export interface PublishedSigner {
  use: SignerUse;
  kid: Uint8Array;
  compressed: Uint8Array;
  fromSeconds: number;
  toSeconds: number;
}

const YEAR_MS = 365 * 86_400_000;
/** A successor exists this long before a signer ends. */
const OVERLAP_MS = 30 * 86_400_000;
/** What was signed on the last day lives at most this long: the key stays published meanwhile. */
const PUBLISHED_AFTER_MS = 35 * 86_400_000;

export interface Signers {
  active(use: SignerUse): ActiveSigner;
  published(): Promise<PublishedSigner[]>;
  /** Makes a new signer for the use and signs with it from now on; the old one stays published. */
  rotate(use: SignerUse): Promise<ActiveSigner>;
}

/** Opens the signers, making those that are missing or end within the overlap. */
export async function openSigners(db: Database, store: SealedStore, clock: Clock): Promise<Signers> {
  const active = new Map<SignerUse, ActiveSigner>();
  for (const use of SIGNER_USES)
    active.set(use, (await newest(db, store, clock, use)) ?? (await make(db, store, clock, use)));
  return {
    active(use) {
      const signer = active.get(use);
      if (signer === undefined) throw new TypeError(`no signer for ${use}`);
      return signer;
    },
    async published() {
      const { rows } = await db.raw(
        'SELECT use, kid, public_key, from_at, to_at FROM signer WHERE to_at > ? AND retired_at IS NULL ORDER BY from_at',
        [new Date(clock.nowMs() - PUBLISHED_AFTER_MS)],
      );
      return (rows as { use: SignerUse; kid: Buffer; public_key: Buffer; from_at: Date; to_at: Date }[]).map((row) => ({
        use: row.use,
        kid: row.kid,
        compressed: row.public_key,
        fromSeconds: Math.floor(row.from_at.getTime() / 1000),
        toSeconds: Math.floor(row.to_at.getTime() / 1000),
      }));
    },
    async rotate(use) {
      const made = await make(db, store, clock, use);
      active.set(use, made);
      return made;
    },
  };
}

async function newest(
  db: Database,
  store: SealedStore,
  clock: Clock,
  use: SignerUse,
): Promise<ActiveSigner | undefined> {
  const { rows } = await db.raw(
    'SELECT kid, public_key FROM signer WHERE use = ? AND from_at <= ? AND to_at > ? AND retired_at IS NULL ORDER BY from_at DESC LIMIT 1',
    [use, new Date(clock.nowMs() + 1000), new Date(clock.nowMs() + OVERLAP_MS)],
  );
  const row: { kid: Buffer; public_key: Buffer } | undefined = rows[0];
  if (row === undefined) return undefined;
  const pem = store.read(`signer-${row.kid.toString('hex')}`);
  // A database restored without its key store: a new signer is made, the old one stays valid for what it signed.
  return pem === undefined ? undefined : signerOf(use, row.public_key, pem.toString('utf8'));
}

async function make(db: Database, store: SealedStore, clock: Clock, use: SignerUse): Promise<ActiveSigner> {
  const pair = generateKeyPair();
  const kid = keyIdOf(pair.compressed);
  const pem = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  store.write(`signer-${kid.toString('hex')}`, Buffer.from(pem));
  const from = clock.nowMs();
  await db.transaction(async (transaction) => {
    await transaction.raw('INSERT INTO signer (kid, use, public_key, from_at, to_at) VALUES (?, ?, ?, ?, ?)', [
      kid,
      use,
      Buffer.from(pair.compressed),
      new Date(from - 300_000),
      new Date(from + YEAR_MS + OVERLAP_MS),
    ]);
    await transaction.raw("INSERT INTO change (kind) VALUES ('signers.changed')");
  });
  return signerOf(use, pair.compressed, pem);
}

function signerOf(use: SignerUse, compressed: Uint8Array, pem: string): ActiveSigner {
  const kid = keyIdOf(compressed);
  return { use, kid, kidText: kid.toString('base64url'), compressed, sign: createSigner(createPrivateKey(pem)) };
}
