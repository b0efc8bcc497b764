import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@lanyard/platform';
import type { DueNotice, NoticeStore } from '../storage/notices/notice-store.js';

/** Hands one message over; throws where it was not taken. */
export type SendNotice = (notice: DueNotice) => Promise<void>;

const AT_ONCE = 20;
const EVERY_MS = 400;
const POST_MS = 5_000;

/**
 * To the university's message gateway: `POST {channel, to, text, id}` with a bearer token; any 2xx counts as taken.
 */
export function createGatewaySender(gateway: { url: string; token: string }): SendNotice {
  return async ({ id, channel, to, text }) => {
    const answer = await fetch(gateway.url, {
      method: 'POST',
      redirect: 'error',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${gateway.token}`, 'Idempotency-Key': id },
      body: JSON.stringify({ id, channel, to, text }),
      signal: AbortSignal.timeout(POST_MS),
    });
    if (!answer.ok) throw new Error(`gateway answered ${answer.status}`);
  };
}

/** For the demo, where there is no gateway: one file per message, readable by the installation's account only. */
export function createFileSender(folder: string): SendNotice {
  return async (notice) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { id, kind, channel, to, text } = notice;
    writeFileSync(join(folder, `${id.padStart(10, '0')}.json`), `${JSON.stringify({ kind, channel, to, text })}\n`, {
      mode: 0o600,
    });
  };
}

/** Sends what is due, and goes on; answers how to stop. */
export function runNotices(deps: { notices: NoticeStore; send: SendNotice; log: Logger }): () => Promise<void> {
  const ended = new AbortController();
  const running = (async () => {
    while (!ended.signal.aborted) {
      const taken = await deps.notices.takeDue(AT_ONCE).catch(() => []);
      await Promise.all(taken.map(deliver));
      if (taken.length === 0) await pause(EVERY_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  return async () => {
    ended.abort();
    await running;
  };

  async function deliver(notice: DueNotice): Promise<void> {
    try {
      await deps.send(notice);
      await deps.notices.sent(notice.id);
    } catch (error) {
      deps.log.warn('notice.not-sent', {
        kind: notice.kind,
        channel: notice.channel,
        detail: String((error as Error).name),
      });
      await deps.notices.failed(notice).catch(() => {});
    }
  }
}
