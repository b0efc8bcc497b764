import { type Clock, Refusal } from '@lanyard/platform';

const MAX_ADDRESSES = 20_000;
const MINUTE_MS = 60_000;

export interface RateLimit {
  /** @throws Refusal `too-many-requests` with the seconds to wait */
  take(address: string): void;
}

/** So many calls a minute from one address (an IPv6 network of 64 bits), and ten times as many from all together. */
export function createRateLimit(perMinute: number, clock: Pick<Clock, 'nowMs'>): RateLimit {
  let started = 0;
  let all = 0;
  let taken = new Map<string, number>();
  return {
    take(address) {
      const nowMs = clock.nowMs();
      if (nowMs - started >= MINUTE_MS || nowMs < started || taken.size >= MAX_ADDRESSES) {
        [started, all, taken] = [nowMs, 0, new Map()];
      }
      const name = networkOf(address);
      const count = (taken.get(name) ?? 0) + 1;
      taken.set(name, count);
      all++;
      if (count <= perMinute && all <= perMinute * 10) return;
      const wait = Math.ceil((started + MINUTE_MS - nowMs) / 1000);
      throw new Refusal('too-many-requests', { fields: { retry_after: wait } });
    },
  };
}

function networkOf(address: string): string {
  return address.includes('.') || !address.includes(':') ? address : address.split(':').slice(0, 4).join(':');
}
