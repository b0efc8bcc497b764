import type { IssuerLine, KeptNotice, NoticeEvent } from '../storage/kept.js';
import type { WalletDb, WalletTransaction } from '../storage/wallet-db.js';
import type { Clock } from '../time/corrected-clock.js';
import { type CallIssuer, callOver, refreshed } from './holder-line.js';
import { NoAnswer, ServiceRefusal } from './refusal.js';

/** After this time an issuer is told no more: its tokens and its interest have ended. */
const KEPT_MS = 30 * 86_400_000;

/** Puts down what an issuer has to be told, in the transaction that makes it true. Nothing where it takes no notices. */
export async function queueNotice(
  transaction: WalletTransaction,
  event: NoticeEvent,
  notice: {
    readonly endpoint: string | undefined;
    readonly notificationIds: readonly (string | undefined)[];
    readonly line?: IssuerLine;
    readonly atMs: number;
  },
): Promise<void> {
  const { endpoint, line, atMs } = notice;
  const notificationIds = [...new Set(notice.notificationIds)].filter((id) => id !== undefined);
  if (endpoint === undefined || notificationIds.length === 0) return;
  const row: KeptNotice = { atMs, event, endpoint, notificationIds, ...(line === undefined ? {} : { line }) };
  await transaction.objectStore('notices').add(row);
}

/**
 * Sends what is queued (OpenID4VCI 1.0 §11), one tab at a time. A notice goes when the issuer took it or refused it for
 * good; without an answer it stays for the next contact.
 */
export async function sendNotices(deps: { db: WalletDb; clock: Clock; call: CallIssuer }): Promise<void> {
  await navigator.locks.request('lanyard-notices', async () => {
    for (const notice of await deps.db.notices()) {
      try {
        await sendOne(deps, notice);
      } catch (error) {
        // No network: the others would not go either.
        if (error instanceof NoAnswer) return;
        if (!(error instanceof ServiceRefusal) || error.status >= 500) continue;
      }
      await deps.db.write((transaction) => transaction.objectStore('notices').delete(notice.id ?? -1));
    }
  });
}

async function sendOne(deps: { db: WalletDb; clock: Clock; call: CallIssuer }, notice: KeptNotice): Promise<void> {
  const { db, clock } = deps;
  if (clock.nowMs() - notice.atMs > KEPT_MS) return;
  let kept = notice;
  const own = notice.line === undefined ? deps.call : callOver(() => farewellLine(), clock);
  for (const id of notice.notificationIds) {
    await own<unknown>(notice.endpoint, { body: { notification_id: id, event: notice.event } }).catch(
      (error: unknown) => {
        // Told before, or a batch that is no longer known: one of several does not keep the rest back.
        if (!(error instanceof ServiceRefusal) || error.status !== 400) throw error;
      },
    );
  }

  /** The wallet's own line has gone, so its last one is refreshed here, and kept before it is used. */
  async function farewellLine(): Promise<IssuerLine> {
    const { line } = kept;
    if (line === undefined) throw new ServiceRefusal(0, 'no-line');
    if (clock.nowMs() < line.accessUntilMs) return line;
    kept = { ...kept, line: await refreshed(line, clock) };
    await db.write((transaction) => transaction.objectStore('notices').put(kept));
    return kept.line ?? line;
  }
}
