import { type Clock, GuardedFetchError, type Logger, type WakeBell } from '@lanyard/platform';
import type { LogoutProtocol, SendLogout } from '../../domain/logout/logout-delivery.js';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';
import type { LogoutOutbox } from '../../storage/logout-outbox.js';

const AT_ONCE = 20;
const IDLE_MS = 5_000;
const POST_MS = 4_000;

/** The service answered, and not with success. */
export class LogoutRefusedError extends Error {
  constructor(readonly status: number) {
    super(`logout-answer-${status}`);
  }
}

/**
 * Posts the outbox: woken at each end of a session and when a retry is due. Answers how to stop; a call under way is
 * given up then and made again later.
 */
export function runLogoutOutbox(deps: {
  outbox: LogoutOutbox;
  senders: Record<LogoutProtocol, SendLogout>;
  findParty: (id: string) => Promise<RelyingParty | undefined>;
  bell: WakeBell;
  clock: Clock;
  log: Logger;
}): () => Promise<void> {
  const stopping = new AbortController();
  const running = loop();
  return async () => {
    stopping.abort();
    await running;
  };

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      // Listening begins before the look, so that a row written in between is heard of.
      const turn = new AbortController();
      const ends = AbortSignal.any([stopping.signal, turn.signal]);
      const rung = deps.bell.wait(IDLE_MS, ends);
      try {
        const taken = await deps.outbox.takeDue(AT_ONCE);
        await Promise.all(taken.map(deliver));
        if (taken.length > 0) continue;
        const due = await deps.outbox.nextDueMs();
        const waitMs = due === undefined ? IDLE_MS : Math.max(20, Math.min(IDLE_MS, due - deps.clock.nowMs()));
        await Promise.race([rung, pause(waitMs, ends)]);
      } catch (error) {
        deps.log.warn('logout.outbox-failed', { detail: error instanceof Error ? error.message : String(error) });
        await pause(1_000, ends);
      } finally {
        turn.abort();
      }
    }
  }

  async function deliver(row: Awaited<ReturnType<LogoutOutbox['takeDue']>>[number]): Promise<void> {
    const party = await deps.findParty(row.relyingPartyId);
    try {
      if (party === undefined) throw new Error('relying-party-gone');
      await deps.senders[row.protocol](row, party, AbortSignal.any([stopping.signal, AbortSignal.timeout(POST_MS)]));
      await deps.outbox.delivered(row.id);
    } catch (error) {
      const reason = reasonOf(error);
      await deps.outbox.failed(row.id, row.tries, row.createdAtMs, reason);
      deps.log.warn('logout.not-delivered', { relying_party: row.relyingPartyId, tries: row.tries, reason });
    }
  }
}

function pause(ms: number, ends: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      ends.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    ends.addEventListener('abort', done, { once: true });
    if (ends.aborted) done();
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof GuardedFetchError) return error.code;
  if (error instanceof LogoutRefusedError) return error.message;
  return error instanceof Error && /^[a-z-]{1,40}$/.test(error.message) ? error.message : 'address-unreachable';
}
