import type { DeferredBatch } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import { ServiceRefusal } from './refusal.js';

/** An issuer that names no interval, or a useless one, is asked this seldom and no oftener. */
const USUAL_SECONDS = 60;
const LEAST_SECONDS = 5;
const MOST_SECONDS = 3_600;

/** The issuer needs more time (OpenID4VCI 1.0 §9): the same claim goes on after `seconds`. */
export class IssuanceDeferred extends ServiceRefusal {
  readonly seconds: number;
  constructor(interval: unknown) {
    super(202, 'issuance-deferred');
    const seconds = typeof interval === 'number' && Number.isFinite(interval) ? interval : USUAL_SECONDS;
    this.seconds = Math.min(Math.max(seconds, LEAST_SECONDS), MOST_SECONDS);
  }
}

/** What waits at an issuer, kept with the keys it was asked with: a reload or another day goes on with it. */
export interface DeferredBatches {
  find(configuration: string): Promise<DeferredBatch | undefined>;
  keep(batch: Omit<DeferredBatch, 'issuer'>): Promise<void>;
  drop(configuration: string): Promise<void>;
}

/** The batches of a claim at `issuer`. They go with the claim: whoever deletes `pending` deletes `deferred`. */
export function deferredOf(db: WalletDb, issuer: string): DeferredBatches {
  const read = async () => (await db.read('deferred')).deferred ?? [];
  const others = async (configuration: string) =>
    (await read()).filter((one) => one.issuer === issuer && one.configuration !== configuration);
  return {
    find: async (configuration) =>
      (await read()).find((one) => one.issuer === issuer && one.configuration === configuration),
    keep: async (batch) => db.keep('deferred', [...(await others(batch.configuration)), { ...batch, issuer }]),
    drop: async (configuration) => db.keep('deferred', await others(configuration)),
  };
}
