import { type Clock, Refusal } from '@lanyard/platform';
import type { Partner } from '../../domain/partners/partner.js';
import type { PartnerStore } from '../../storage/partner-store.js';

const MINUTE_MS = 60_000;
const MAX_PARTNERS = 10_000;

/** What a partner may still ask, as headers of every answer (draft-ietf-httpapi-ratelimit-headers). */
export type LimitHeaders = Record<string, string>;

/** So many checks a minute in this process, and so many a day in all of them together. */
export function createPartnerLimit(partners: Pick<PartnerStore, 'takeQuota'>, clock: Pick<Clock, 'nowMs'>) {
  const windows = new Map<string, { startedMs: number; taken: number }>();

  function takeMinute({ id, checks_per_minute: limit }: Partner): { left: number; resetSeconds: number } {
    const nowMs = clock.nowMs();
    let window = windows.get(id);
    if (window === undefined || nowMs - window.startedMs >= MINUTE_MS || nowMs < window.startedMs) {
      if (windows.size >= MAX_PARTNERS) windows.clear();
      window = { startedMs: nowMs, taken: 0 };
      windows.set(id, window);
    }
    const resetSeconds = Math.ceil((window.startedMs + MINUTE_MS - nowMs) / 1000);
    if (window.taken >= limit) throw new Refusal('too-many-requests', { fields: { retry_after: resetSeconds } });
    window.taken += 1;
    return { left: limit - window.taken, resetSeconds };
  }

  return {
    /** @throws Refusal `too-many-requests`, `partner-quota-used-up` */
    async take(partner: Partner): Promise<LimitHeaders> {
      const minute = takeMinute(partner);
      const today = await partners.takeQuota(partner);
      if (today === undefined) throw new Refusal('partner-quota-used-up');
      return {
        'RateLimit-Policy': `"minute";q=${partner.checks_per_minute};w=60, "day";q=${partner.checks_per_day};w=86400`,
        RateLimit: `"minute";r=${minute.left};t=${minute.resetSeconds}, "day";r=${today}`,
      };
    },
  };
}
export type PartnerLimit = ReturnType<typeof createPartnerLimit>;
