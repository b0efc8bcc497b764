import { type Clock, type GuardedFetch, GuardedFetchError, type Logger } from '@lanyard/platform';
import { createEventToken, EVENT_TOKEN_TYPE } from '../domain/partners/event-token.js';
import type { DueEvent } from '../domain/partners/events.js';
import type { PartnerEventStore } from '../storage/partner-event-store.js';
import type { ActiveSigner } from './signers.js';

const AT_A_TIME = 16;
const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 4_096;

/**
 * Pushes events to partners (RFC 8935): no redirect is followed, an answer is small and comes within five seconds, and
 * what it says besides its status is not read. Several processes may do this beside each other.
 */
export function createWebhooks(parts: {
  events: Pick<PartnerEventStore, 'claim' | 'delivered' | 'failed'>;
  guardedFetch: GuardedFetch;
  signer: () => ActiveSigner;
  verifierUrl: string;
  clock: Clock;
  log: Logger;
}) {
  const { events, clock, log } = parts;
  let running: Promise<number> | undefined;

  async function send(event: DueEvent): Promise<string | undefined> {
    const { kidText: kid, sign } = parts.signer();
    const token = createEventToken(event, { issuer: parts.verifierUrl, nowSeconds: clock.nowSeconds(), kid, sign });
    try {
      const answer = await parts.guardedFetch(event.url, {
        ...{ method: 'POST', body: token, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES },
        headers: { 'Content-Type': `application/${EVENT_TOKEN_TYPE}`, Accept: 'application/json' },
      });
      return answer.status >= 200 && answer.status < 300 ? undefined : `status-${answer.status}`;
    } catch (error) {
      if (error instanceof GuardedFetchError) return error.code;
      throw error;
    }
  }

  async function deliver(event: DueEvent): Promise<void> {
    const failed = await send(event);
    if (failed === undefined) return events.delivered(event);
    log.info('webhook.failed', { partner: event.partnerId, kind: event.kind, code: failed });
    return events.failed(event, failed);
  }

  async function work(): Promise<number> {
    for (let tried = 0; ; ) {
      const due = await events.claim(AT_A_TIME);
      if (due.length === 0) return tried;
      await Promise.all(due.map(deliver));
      tried += due.length;
    }
  }

  return {
    /** Tries everything that is due, once; how many attempts that were. */
    async work(): Promise<number> {
      running ??= work().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
export type Webhooks = ReturnType<typeof createWebhooks>;
