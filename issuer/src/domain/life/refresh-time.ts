import { createHash } from 'node:crypto';

/** All copies of a whole university are obtained anew within this time where wallets are online. */
export const REFRESH_SPREAD_MS = 45_000;

/** When a wallet obtains outdated copies anew: always the same for one wallet and one change, evenly spread over wallets. */
export function refreshAtMs(walletId: number, outdatedAtMs: number): number {
  const digest = createHash('sha256').update(`refresh ${walletId} ${outdatedAtMs}`).digest();
  return outdatedAtMs + Math.floor((digest.readUInt32BE(0) / 2 ** 32) * REFRESH_SPREAD_MS);
}
