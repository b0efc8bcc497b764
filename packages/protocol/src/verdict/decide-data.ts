import type { CryptoPort } from '../crypto/port.js';
import type { VerifyKeyCache } from '../crypto/verify-key-cache.js';
import { type PackageState, passListName } from '../offline-package/accept-package.js';
import type { CheckpointPolicy } from '../offline-package/checkpoint-policy.js';
import type { PeopleTable } from '../offline-package/people-table.js';
import type { PassCache } from '../pass/pass-cache.js';
import type { PassList } from '../pass-list/pass-list.js';
import { createKeyFinder, type KeyFinder } from './key-finder.js';

/** `fresh` until fresh_until, then `grace`, from expires on `expired`. */
export type Freshness = 'fresh' | 'grace' | 'expired';

/** Who is let in on data of this age. */
export type DarkLevel = CheckpointPolicy['dark_days']['day_1_7'];

/** The level of the policy's dark days that holds at this freshness. */
export function admittedAt(policy: Pick<CheckpointPolicy, 'dark_days'>, freshness: Freshness): DarkLevel {
  const { day_0_1, day_1_7, after } = policy.dark_days;
  if (freshness === 'fresh') return day_0_1;
  return freshness === 'grace' ? day_1_7 : after;
}

/** What a code is decided by. A missing piece leads to its own `cannot-decide`. */
export interface DecideData {
  readonly policy: CheckpointPolicy;
  /** For gate codes; undefined where no package was ever accepted. */
  readonly people:
    | {
        readonly freshness: Freshness;
        readonly table: PeopleTable;
        /** Row numbers that pass on an expired package. */
        readonly emergencyRowNumbers: readonly number[];
      }
    | undefined;
  /** For portable codes; undefined where the keys of issuers were never fetched. */
  readonly passes:
    | {
        readonly freshness: Freshness;
        readonly ownUniversityCode: string;
        readonly findKey: KeyFinder;
        readonly findList: (universityCode: string, listNumber: number) => PassList | undefined;
        readonly trustListExpiresSeconds: number;
      }
    | undefined;
}

/** Who decides, and when. */
export interface DecideContext {
  readonly crypto: CryptoPort;
  /** Imported keys of holders and issuers. */
  readonly keys: VerifyKeyCache;
  /** Passes whose issuer signature was checked before. */
  readonly passes?: PassCache;
  /** Seconds since 1970 UTC. */
  readonly nowSeconds: number;
  /** Stated uncertainty of the clock; at most 30 s are taken into account. Default 0. */
  readonly clockUncertaintySeconds?: number;
  /** False where the clock is before the newest package or the journal's end. Default true. */
  readonly clockReliable?: boolean;
  /** Challenges that are honoured and not used up, newest first: 29 bytes each, at most three are tried. */
  readonly challenges?: readonly Uint8Array[];
}

/** Freshness of a package at a time. */
export function freshnessOf(
  part: { readonly freshUntilSeconds: number; readonly expiresSeconds: number },
  nowSeconds: number,
): Freshness {
  if (nowSeconds >= part.expiresSeconds) return 'expired';
  return nowSeconds < part.freshUntilSeconds ? 'fresh' : 'grace';
}

const finders = new WeakMap<object, KeyFinder>();

/** The data of an accepted package at a time. Cheap: may be called for each code. */
export function decideDataOf(state: PackageState, nowSeconds: number): DecideData {
  const { checkpoint, people, passLists } = state;
  const freshness = freshnessOf(checkpoint, nowSeconds);
  let findKey = finders.get(checkpoint);
  if (findKey === undefined) {
    findKey = createKeyFinder(checkpoint.passKeys);
    finders.set(checkpoint, findKey);
  }
  return {
    policy: checkpoint.policy,
    people: { freshness, table: people.table, emergencyRowNumbers: checkpoint.emergencyRowNumbers },
    passes: {
      freshness,
      ownUniversityCode: checkpoint.universityCode,
      findKey,
      findList: (universityCode, listNumber) => passLists.get(passListName(universityCode, listNumber)),
      trustListExpiresSeconds: checkpoint.trustListExpiresSeconds,
    },
  };
}
