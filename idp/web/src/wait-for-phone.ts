import { goOn } from './call.js';

const AGAIN_MS = 1_000;
const TRIES_WITHOUT_NETWORK = 60;

/**
 * The page with the code waits for the phone: `data-state` answers when something has happened or after 20 s; then the
 * browser goes to `data-done`, which also shows why where it was refused.
 */
export async function waitForPhone(place: HTMLElement): Promise<void> {
  const { state, done } = place.dataset;
  if (state === undefined || done === undefined) return;
  let missed = 0;
  while (missed < TRIES_WITHOUT_NETWORK) {
    try {
      const answer = await fetch(state, { credentials: 'same-origin', headers: { Accept: 'application/json' } });
      const now = answer.ok ? ((await answer.json()) as { state: string }).state : 'gone';
      missed = 0;
      if (now !== 'waiting' && now !== 'answering') {
        goOn(done);
        return;
      }
    } catch {
      missed += 1;
    }
    await new Promise((resolve) => window.setTimeout(resolve, AGAIN_MS));
  }
}
