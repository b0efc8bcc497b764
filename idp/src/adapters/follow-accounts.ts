import { setTimeout as pause } from 'node:timers/promises';
import { type Logger, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { zFeedPage } from '../domain/accounts/account-source.js';
import type { AccountSourceStore } from '../storage/account-source-store.js';

const WAIT_SECONDS = 25;
const PAGE = 1_000;
const BACKOFF_MS = [250, 500, 1_000, 2_000, 5_000];

/** Follows the register by long poll, from where it stopped; tries again for ever while the issuer is away. */
export function followAccounts(deps: { issuer: ServiceClient; store: AccountSourceStore; log: Logger }): {
  stop(): Promise<void>;
} {
  const ended = new AbortController();
  const running = run();
  return {
    async stop() {
      ended.abort();
      await running;
    },
  };

  async function run(): Promise<void> {
    let failures = 0;
    while (!ended.signal.aborted) {
      try {
        const cursor = await deps.store.readCursor();
        const answer = await deps.issuer.json(`/v1/account-feed?after=${cursor}&limit=${PAGE}&wait=${WAIT_SECONDS}`, {
          signal: ended.signal,
          timeoutMs: (WAIT_SECONDS + 10) * 1000,
        });
        const page = zFeedPage.parse(answer);
        if (page.accounts.length > 0) await deps.store.applyFeed(page);
        failures = 0;
      } catch (error) {
        if (ended.signal.aborted) return;
        const code = error instanceof ServiceCallError ? error.code : 'failed';
        deps.log.warn('register.away', { code, detail: error instanceof Error ? error.message : String(error) });
        await pause(BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)], undefined, { signal: ended.signal }).catch(
          () => {},
        );
        failures += 1;
      }
    }
  }
}
