import { createPrivateKey } from 'node:crypto';
import type { Sign } from '@lanyard/protocol';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import type { Database } from '../db/connect-database.js';
import type { Clock } from '../time/clock.js';
import { keyIdOf, type SealedStore } from './sealed-store.js';

/** A key that may sign now. The private half never leaves this process; it lies sealed in the store. */
export interface ActiveSigner<Use extends string = string> {
  use: Use;
  kid: Uint8Array;
  kidText: string;
  key: Uint8Array;
  sign: Sign;
}

interface StoredSigner<Use extends string> extends ActiveSigner<Use> {
  toMs: number;
}

const DAY_MS = 86_400_000;
const LIFE_MS = 395 * DAY_MS;
/** A successor is made and announced this long before a signer ends, */
const ANNOUNCED_MS = 30 * DAY_MS;
/** and signs in its place from here on: agents that were offline for three weeks have heard of it by then. */
const TAKES_OVER_MS = 9 * DAY_MS;

export interface Signers<Use extends string> {
  active(use: Use): ActiveSigner<Use>;
  /** All that agents may trust from now on: the active one and an announced successor. */
  announced(use: Use): readonly ActiveSigner<Use>[];
  /** Makes successors that have become due; called now and then by a process that runs for months. */
  renew(): Promise<void>;
}

/**
 * Opens a service's signers (its table `signer`), making those that are missing and successors of those that end soon.
 */
export async function openSigners<Use extends string>(
  db: Database,
  store: SealedStore,
  clock: Clock,
  uses: readonly Use[],
): Promise<Signers<Use>> {
  const all = new Map<Use, StoredSigner<Use>[]>();
  const renew = async () => {
    for (const use of uses) {
      const living = await readLiving(db, store, clock, use);
      const last = living.at(-1);
      if (last === undefined || last.toMs - clock.nowMs() < ANNOUNCED_MS)
        living.push(await make(db, store, clock, use));
      all.set(use, living);
    }
  };
  await renew();
  const living = (use: Use) => (all.get(use) ?? []).filter((signer) => signer.toMs > clock.nowMs());
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

async function readLiving<Use extends string>(
  db: Database,
  store: SealedStore,
  clock: Clock,
  use: Use,
): Promise<StoredSigner<Use>[]> {
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

async function make<Use extends string>(
  db: Database,
  store: SealedStore,
  clock: Clock,
  use: Use,
): Promise<StoredSigner<Use>> {
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

function signerOf<Use extends string>(use: Use, key: Uint8Array, pem: string, toMs: number): StoredSigner<Use> {
  const kid = keyIdOf(key);
  return { use, kid, kidText: kid.toString('base64url'), key, sign: createSigner(createPrivateKey(pem)), toMs };
}
