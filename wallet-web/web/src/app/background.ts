import sprite from '@lanyard/look/icons.svg?raw';
import { followAlumniId } from '../issuer/alumni-id.js';
import { fetchState, waitForState } from '../issuer/follow-state.js';
import { createHolderLine } from '../issuer/holder-line.js';
import { sendNotices } from '../issuer/notices.js';
import { refreshReaderAnchors } from '../issuer/reader-anchors.js';
import { refill, refreshIsDue } from '../issuer/refill.js';
import { NoAnswer, ServiceRefusal } from '../issuer/refusal.js';
import { listenForInstall } from '../me/install.js';
import type { HolderState } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import type { Clock } from '../time/corrected-clock.js';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/** What runs once the code is on the screen: icons, the service worker, the line to the issuer. Answers "ask now". */
export function startBackground(parts: {
  db: WalletDb;
  clock: Clock;
  issuer: string;
  changed: () => void;
  setReached: (reached: boolean) => void;
}): () => void {
  putIcons();
  listenForInstall();
  if ('serviceWorker' in navigator) void navigator.serviceWorker.register('/sw.js', { scope: '/' }).catch(() => {});
  return followIssuer(parts);
}

/** The icons are part of the built files, so they are trusted text. */
function putIcons(): void {
  const holder = document.createElement('div');
  holder.hidden = true;
  holder.setAttribute('aria-hidden', 'true');
  holder.innerHTML = sprite;
  document.body.prepend(holder);
}

function followIssuer(parts: Parameters<typeof startBackground>[0]): () => void {
  const { db, clock, issuer } = parts;
  const call = createHolderLine(db, clock);
  const deps = { db, clock, call, issuer };
  const asked = new Set<string>();
  let waiting = new AbortController();
  let wake = () => {};

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const seen = () => document.visibilityState === 'visible' && navigator.onLine;
  const now = () => {
    waiting.abort();
    wake();
  };
  document.addEventListener('visibilitychange', now);
  addEventListener('online', now);
  addEventListener('offline', () => {
    parts.setReached(false);
    now();
  });

  async function contact(): Promise<HolderState> {
    const before = await db.read('state', 'line');
    const state = await fetchState(deps);
    parts.setReached(true);
    if (looksOther(before.state, state)) parts.changed();
    await bringUpToDate(state);
    await sendNotices({ db, clock, call });
    // Whom the wallet may answer changes rarely; an old list only refuses more.
    await refreshReaderAnchors(db, issuer, clock).catch(() => {});
    return state;
  }

  async function bringUpToDate(state: HolderState): Promise<void> {
    const { gateKeyChanged } = await refill(deps, state);
    if ((await followAlumniId(deps, state)) || gateKeyChanged) parts.changed();
    if (state.documents === undefined || state.documents === null) return;
    const { followDocuments } = await import('../issuer/documents.js');
    if (await followDocuments(deps, state)) parts.changed();
  }

  /** Shows each question once, over whatever page is open. */
  async function askAll({ nods = [] }: HolderState): Promise<void> {
    for (const nod of nods) {
      if (asked.has(nod.id)) continue;
      asked.add(nod.id);
      const { showNod } = await import('../nod/nod-sheet.js');
      showNod({ clock, call, issuer }, nod);
    }
  }

  async function follow(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      const { line } = await db.read('line');
      if (line === undefined || line.ended || !seen()) {
        // Also without a line: a deleted card is told with its last one. With one, news about the card comes first.
        if (seen()) await sendNotices({ db, clock, call }).catch(() => {});
        await pause(LONGEST_PAUSE_MS);
        continue;
      }
      waiting = new AbortController();
      try {
        let state = await contact();
        pauseMs = FIRST_PAUSE_MS;
        await askAll(state);
        while (seen()) {
          const next = await waitForState(deps, state, waiting.signal);
          if (looksOther(state, next)) parts.changed();
          await askAll(next);
          const grew = next.version > state.version;
          state = next;
          if (grew || (await refreshIsDue(db, state, clock))) await bringUpToDate(state);
        }
      } catch (error) {
        if (waiting.signal.aborted) continue;
        if (error instanceof NoAnswer) parts.setReached(false);
        if (error instanceof ServiceRefusal && error.code === 'line-ended') parts.changed();
        await pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }
  void follow();
  return now;
}

/** True when a page shows something else than before. */
function looksOther(former: HolderState | undefined, now: HolderState): boolean {
  const seenOf = (state: HolderState | undefined) =>
    state === undefined
      ? ''
      : JSON.stringify([
          state.credential_state,
          state.alumni_state,
          state.reason_code,
          state.registered_until,
          state.gate_key.enrolled,
          state.name,
          state.building,
        ]);
  return seenOf(former) !== seenOf(now);
}
