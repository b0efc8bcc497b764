import { type Clock, type Logger, ServiceCallError } from '@lanyard/platform';
import type { MirrorStore } from '../storage/mirror-store.js';
import type { IssuerClient } from './issuer-client.js';
import type { Mirror } from './mirror.js';

const WAIT_SECONDS = 25;
const POLL_LASTS_AT_MOST_SECONDS = WAIT_SECONDS + 10;
const SYNC_EVERY_SECONDS = 600;
/** The issuer repeats rows that an open transaction may still precede. */
const LOOK_AGAIN_SECONDS = 5;
const HINTS_PAUSE_MS = 300;
const WHOLE_TABLE_AFTER_MS = 5_000;
const BACKOFF_MS = [250, 500, 1_000, 2_000, 5_000];

export interface Following {
  /** Until when the issuer is known to have said everything, in seconds since 1970; undefined before the first time. */
  confirmedAtSeconds(): number | undefined;
  connected(): boolean;
  /** Looks at the issuer again soon, at most every five seconds: something is missing that it may have. */
  lookAgain(): void;
  stop(): Promise<void>;
}

/**
 * Follows the issuer's outbox by long poll and keeps the mirror up to date; tries again for ever while the issuer is
 * away. Everything is also fetched every ten minutes, so a missed hint costs no more than that.
 */
export function followIssuer(parts: {
  mirror: Mirror;
  client: IssuerClient;
  store: MirrorStore;
  progress: { lastChange: number; confirmedAtSeconds: number | undefined };
  clock: Clock;
  log: Logger;
  /** Called after each sync, in the background. */
  onSynced: () => void;
}): Following {
  const { mirror, client, store, clock, log } = parts;
  const ended = new AbortController();
  let { lastChange, confirmedAtSeconds } = parts.progress;
  let pollingSinceSeconds: number | undefined;
  let syncedAtSeconds = Number.NEGATIVE_INFINITY;
  let lookedSeconds = Number.NEGATIVE_INFINITY;
  let wholeTable: NodeJS.Timeout | undefined;

  function keepWholeTable(): void {
    wholeTable ??= setTimeout(() => {
      wholeTable = undefined;
      const sequence = mirror.state().people?.sequence;
      if (sequence !== undefined) mirror.givePart(undefined, sequence).catch(() => {});
    }, WHOLE_TABLE_AFTER_MS);
    wholeTable.unref();
  }

  async function sync(): Promise<void> {
    const startedAtSeconds = clock.nowSeconds();
    if (await mirror.sync()) keepWholeTable();
    syncedAtSeconds = startedAtSeconds;
    confirmedAtSeconds = startedAtSeconds;
    parts.onSynced();
  }

  async function round(): Promise<void> {
    if (clock.nowSeconds() - syncedAtSeconds >= SYNC_EVERY_SECONDS) await sync();
    pollingSinceSeconds = clock.nowSeconds();
    const answer = await client.fetchChanges(lastChange, WAIT_SECONDS, ended.signal);
    const answeredAtSeconds = clock.nowSeconds();
    if (answer.changes.some((change) => change.kind === 'signers.changed')) await mirror.replaceSigners();
    if (answer.changes.length > 0) await sync();
    else confirmedAtSeconds = answeredAtSeconds;
    const moved = answer.last !== lastChange;
    lastChange = answer.last;
    await store.saveProgress(lastChange, confirmedAtSeconds ?? answeredAtSeconds);
    if (!moved && answer.changes.length > 0) await pause(HINTS_PAUSE_MS, ended.signal);
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!ended.signal.aborted) {
      try {
        await round();
        failures = 0;
      } catch (error) {
        pollingSinceSeconds = undefined;
        if (ended.signal.aborted) return;
        const code = error instanceof ServiceCallError ? error.code : 'failed';
        log.warn('issuer.away', { code, detail: error instanceof Error ? error.message : String(error) });
        await pause(BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 5_000, ended.signal);
        failures += 1;
      }
    }
  }
  const running = run();

  const connected = () =>
    pollingSinceSeconds !== undefined &&
    confirmedAtSeconds !== undefined &&
    clock.nowSeconds() - pollingSinceSeconds <= POLL_LASTS_AT_MOST_SECONDS;
  return {
    connected,
    lookAgain() {
      if (clock.nowSeconds() - lookedSeconds < LOOK_AGAIN_SECONDS || !connected()) return;
      lookedSeconds = clock.nowSeconds();
      sync().catch((error: Error) => log.warn('issuer.look-failed', { detail: error.message }));
    },
    // While a poll is open the issuer would have answered a change at once.
    confirmedAtSeconds: () => (connected() ? clock.nowSeconds() : confirmedAtSeconds),
    async stop() {
      ended.abort();
      clearTimeout(wholeTable);
      await running;
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
