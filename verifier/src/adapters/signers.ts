import { createPrivateKey } from 'node:crypto';
import { type Clock, type Database, keyIdOf, type SealedStore } from '@lanyard/platform';
import type { Sign } from '@lanyard/protocol';
import { createSigner, generateKeyPair, jwkFromCompressed } from '@lanyard/protocol/node-crypto';

export const SIGNER_USES = ['package', 'audit', 'request', 'receipt'] as const;
export type SignerUse = (typeof SIGNER_USES)[number];

/** A key that may sign now. The private half never leaves this process; it lies sealed in the store. */
export interface ActiveSigner {
  use: SignerUse;
  kid: Uint8Array;
  kidText: string;
  key: Uint8Array;
  sign: Sign;
}

interface StoredSigner extends ActiveSigner {
  toMs: number;
}

const DAY_MS = 86_400_000;
const LIFE_MS = 395 * DAY_MS;
/** A successor is made and announced this long before a signer ends, */
const ANNOUNCED_MS = 30 * DAY_MS;
/** and signs in its place from here on: agents that were offline for three weeks have heard of it by then. */
const TAKES_OVER_MS = 9 * DAY_MS;

export interface Signers {
  active(use: SignerUse): ActiveSigner;
  /** All that agents may trust from now on: the active one and an announced successor. */
  announced(use: SignerUse): readonly ActiveSigner[];
  /** Makes successors that have become due; called now and then by a process that runs for months. */
  renew(): Promise<void>;
}

/** Opens the signers, making those that are missing and successors of those that end soon. */
export async function openSigners(db: Database, store: SealedStore, clock: Clock): Promise<Signers> {
  const all = new Map<SignerUse, StoredSigner[]>();
  const renew = async () => {
    for (const use of SIGNER_USES) {
      const living = await readLiving(db, store, clock, use);
      const last = living.at(-1);
      if (last === undefined || last.toMs - clock.nowMs() < ANNOUNCED_MS)
        living.push(await make(db, store, clock, use));
      all.set(use, living);
    }
  };
  await renew();
  const living = (use: SignerUse) => (all.get(use) ?? []).filter((signer) => signer.toMs > clock.nowMs());
  return {
    active(use) {
      const signers = living(use);
      const signer = signers.find((one) => one.toMs - clock.nowMs() > TAKES_OVER_MS) ?? signers.at(-1);
      if (signer === undefined) throw new TypeError(`no signer for ${use}`);
      return signer;
    },
    announced: living,
    renew,
  };
}

async function readLiving(db: Database, store: SealedStore, clock: Clock, use: SignerUse): Promise<StoredSigner[]> {
  const { rows } = await db.raw(
    'SELECT kid, public_key, to_at FROM signer WHERE use = ? AND to_at > ? ORDER BY to_at, kid',
    [use, new Date(clock.nowMs())],
  );
  return (rows as { kid: Buffer; public_key: Buffer; to_at: Date }[]).flatMap((row) => {
    const pem = store.read(`signer-${row.kid.toString('hex')}`);
    // A database restored without its key store: a new signer is made.
    return pem === undefined ? [] : [signerOf(use, row.public_key, pem.toString('utf8'), row.to_at.getTime())];
  });
}

async function make(db: Database, store: SealedStore, clock: Clock, use: SignerUse): Promise<StoredSigner> {
  const pair = generateKeyPair();
  const kid = keyIdOf(pair.compressed);
  const pem = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  store.write(`signer-${kid.toString('hex')}`, Buffer.from(pem));
  const toMs = clock.nowMs() + LIFE_MS;
  await db.raw('INSERT INTO signer (kid, use, public_key, from_at, to_at) VALUES (?, ?, ?, ?, ?)', [
    kid,
    use,
    Buffer.from(pair.compressed),
    new Date(clock.nowMs()),
    new Date(toMs),
  ]);
  return signerOf(use, pair.compressed, pem, toMs);
}

function signerOf(use: SignerUse, key: Uint8Array, pem: string, toMs: number): StoredSigner {
  const kid = keyIdOf(key);
  return { use, kid, kidText: kid.toString('base64url'), key, sign: createSigner(createPrivateKey(pem)), toMs };
}

/** Public keys of every receipt signer there was: receipts are kept for longer than signers sign. */
export async function readReceiptKeys(db: Database): Promise<object[]> {
  const { rows } = await db.raw("SELECT kid, public_key FROM signer WHERE use = 'receipt' ORDER BY from_at DESC");
  return rows.map(({ kid, public_key }: { kid: Buffer; public_key: Buffer }) => ({
    ...jwkFromCompressed(public_key),
    ...{ kid: kid.toString('base64url'), alg: 'ES256', use: 'sig' },
  }));
}
