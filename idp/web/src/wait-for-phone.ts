import { goOn } from './call.js';

const AGAIN_MS = 1_000;

/**
 * The page with the code waits for the phone: `data-state` answers when something has happened or after 20 s; then the
 * browser goes to `data-done`, which also shows why where it was refused. Without a network it says so and keeps asking.
 */
export async function waitForPhone(place: HTMLElement): Promise<void> {
  const { state, done } = place.dataset;
  if (state === undefined || done === undefined) return;
  const line = document.querySelector<HTMLElement>('[data-waiting]');
  for (const part of document.querySelectorAll<HTMLElement>('.with-script')) part.hidden = false;
  for (const part of document.querySelectorAll<HTMLElement>('.without-script')) part.hidden = true;
  const say = (text = '') => {
    // The same words again would be read out again.
    if (line !== null && line.textContent !== text) line.textContent = text;
  };
  say(line?.dataset['waiting']);
  for (;;) {
    try {
      const answer = await fetch(state, { credentials: 'same-origin', headers: { Accept: 'application/json' } });
      const now = answer.ok ? ((await answer.json()) as { state: string }).state : 'gone';
      say(line?.dataset['waiting']);
      if (now !== 'waiting' && now !== 'answering') {
        goOn(done);
        return;
      }
    } catch {
      say(line?.dataset['lost']);
    }
    await new Promise((resolve) => window.setTimeout(resolve, AGAIN_MS));
  }
}
