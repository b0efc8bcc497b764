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

interface HeldSigner extends ActiveSigner {
  fromMs: number;
  toMs: number;
}

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** A successor exists this long before a signer ends. */
const OVERLAP_MS = 30 * DAY_MS;
/** A successor is announced this long before it signs, so that agents hear of it in parts they can still verify. */
const ANNOUNCED_MS = 10 * DAY_MS;
/** What was signed on the last day lives at most this long: the key stays published meanwhile. */
const PUBLISHED_AFTER_MS = 35 * DAY_MS;
/** Clocks of others may be a little behind when the very first signer is made. */
const FIRST_BACKDATED_MS = 300_000;

export interface Signers {
  active(use: SignerUse): ActiveSigner;
  /** All that others may meet: past ones, the present one, announced ones. */
  published(): Promise<PublishedSigner[]>;
  /** Keys of a use that sign now or will, for documents that announce their own signers. */
  announced(use: SignerUse): { kid: Uint8Array; key: Uint8Array }[];
  /** Makes missing signers and successors of those that end within the overlap; called at start and now and then. */
  maintain(): Promise<void>;
}

/** Opens the signers, making those that are missing. */
export async function openSigners(db: Database, store: SealedStore, clock: Clock): Promise<Signers> {
  const held = new Map<SignerUse, HeldSigner[]>();
  for (const use of SIGNER_USES) held.set(use, await load(db, store, clock, use));
  const of = (use: SignerUse) => held.get(use) ?? [];
  const alive = (use: SignerUse) => of(use).filter((signer) => signer.toMs > clock.nowMs());

  async function maintain(): Promise<void> {
    for (const use of SIGNER_USES) {
      const now = clock.nowMs();
      const present = alive(use);
      if (present.some((signer) => signer.toMs > now + OVERLAP_MS)) continue;
      const from = present.length === 0 ? now - FIRST_BACKDATED_MS : now + ANNOUNCED_MS;
      of(use).push(await make(db, store, use, from));
    }
  }
  await maintain();
  return {
    maintain,
    active(use) {
      const now = clock.nowMs();
      const signer = alive(use)
        .filter((candidate) => candidate.fromMs <= now)
        .sort((a, b) => b.fromMs - a.fromMs)[0];
      if (signer === undefined) throw new TypeError(`no signer for ${use}`);
      return signer;
    },
    announced: (use) => alive(use).map(({ kid, compressed }) => ({ kid, key: compressed })),
    async published() {
      const { rows } = await db.raw(
        'SELECT use, kid, public_key, from_at, to_at FROM signer WHERE to_at > ? AND retired_at IS NULL ORDER BY from_at',
        [new Date(clock.nowMs() - PUBLISHED_AFTER_MS)],
      );
      return (rows as SignerRow[]).map((row) => ({
        use: row.use,
        kid: row.kid,
        compressed: row.public_key,
        fromSeconds: Math.floor(row.from_at.getTime() / 1000),
        toSeconds: Math.floor(row.to_at.getTime() / 1000),
      }));
    },
  };
}

interface SignerRow {
  use: SignerUse;
  kid: Buffer;
  public_key: Buffer;
  from_at: Date;
  to_at: Date;
}

async function load(db: Database, store: SealedStore, clock: Clock, use: SignerUse): Promise<HeldSigner[]> {
  const { rows } = await db.raw(
    'SELECT use, kid, public_key, from_at, to_at FROM signer WHERE use = ? AND to_at > ? AND retired_at IS NULL ORDER BY from_at',
    [use, new Date(clock.nowMs())],
  );
  return (rows as SignerRow[]).flatMap((row) => {
    const pem = store.read(`signer-${row.kid.toString('hex')}`);
    // A database restored without its key store: a new signer is made, what the old one signed stays valid.
    return pem === undefined ? [] : [signerOf(use, row.public_key, pem.toString('utf8'), row.from_at, row.to_at)];
  });
}

async function make(db: Database, store: SealedStore, use: SignerUse, fromMs: number): Promise<HeldSigner> {
  const pair = generateKeyPair();
  const kid = keyIdOf(pair.compressed);
  const pem = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  store.write(`signer-${kid.toString('hex')}`, Buffer.from(pem));
  const from = new Date(fromMs);
  const to = new Date(fromMs + YEAR_MS + OVERLAP_MS);
  await db.transaction(async (transaction) => {
    await transaction.raw('INSERT INTO signer (kid, use, public_key, from_at, to_at) VALUES (?, ?, ?, ?, ?)', [
      ...[kid, use, Buffer.from(pair.compressed), from, to],
    ]);
    await transaction.raw("INSERT INTO change (kind) VALUES ('signers.changed')");
  });
  return signerOf(use, pair.compressed, pem, from, to);
}

function signerOf(use: SignerUse, compressed: Uint8Array, pem: string, from: Date, to: Date): HeldSigner {
  const kid = keyIdOf(compressed);
  return {
    ...{ use, kid, kidText: kid.toString('base64url'), compressed, sign: createSigner(createPrivateKey(pem)) },
    ...{ fromMs: from.getTime(), toMs: to.getTime() },
  };
}
