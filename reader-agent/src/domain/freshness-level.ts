import { freshnessOf, type PackageState } from '@lanyard/protocol';

/** How old the data is, as every screen and status answer says it. */
export interface FreshnessShown {
  readonly level: 'none' | 'fresh' | 'grace' | 'expired';
  /** Seconds since 1970 UTC. */
  readonly issued_at: number | null;
  readonly age_seconds: number | null;
  readonly expires_at: number | null;
}

/** Age and level of the package in force; all null where there is none. */
export function freshnessShown(state: PackageState | undefined, nowSeconds: number): FreshnessShown {
  if (state === undefined) return { level: 'none', issued_at: null, age_seconds: null, expires_at: null };
  const { issuedAtSeconds, expiresSeconds } = state.checkpoint;
  return {
    level: freshnessOf(state.checkpoint, nowSeconds),
    issued_at: issuedAtSeconds,
    age_seconds: Math.max(0, nowSeconds - issuedAtSeconds),
    expires_at: expiresSeconds,
  };
}
