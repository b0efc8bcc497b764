import { make } from './dom.js';
import { createFoot } from './foot-view.js';
import type { ScreenState, Surroundings } from './screen-state.js';
import { createSound } from './sound.js';
import { readyView, timeLeft, verdictView } from './verdict-view.js';
import { createWedgeLines } from './wedge-lines.js';

/** The screen at the gate: what the agent's stream says, at once; back to ready by itself even if the stream breaks. */
export function startKiosk(app: HTMLElement): void {
  const foot = createFoot();
  const play = createSound(foot.saySound);
  let glass = ready();
  let shown: { n: number; keepSeconds: number } | undefined;
  let timer = 0;
  app.replaceChildren(make('main', { class: 'kiosk' }, glass, foot.element));

  function put(next: HTMLElement): void {
    glass.replaceWith(next);
    glass = next;
  }
  function clearLater(seconds: number): void {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      shown = undefined;
      put(ready());
    }, seconds * 1000);
  }
  const stream = new EventSource('/v1/screen');
  stream.addEventListener('open', () => foot.sayLink(true));
  stream.addEventListener('error', () => foot.sayLink(false));
  stream.addEventListener('facts', (event) => foot.update(JSON.parse(event.data) as Surroundings));
  stream.addEventListener('held', (event) => {
    const { n } = JSON.parse(event.data) as { n: number };
    if (shown?.n !== n) return;
    glass.querySelector('.left-time')?.replaceWith(timeLeft(shown.keepSeconds));
    clearLater(shown.keepSeconds);
  });
  stream.addEventListener('shown', (event) => {
    const state = JSON.parse(event.data) as ScreenState;
    foot.update(state);
    clearTimeout(timer);
    if (state.state === 'ready') {
      shown = undefined;
      return put(ready());
    }
    if (shown?.n === state.n) return; // the stream was opened again
    shown = { n: state.n, keepSeconds: state.keep_seconds };
    put(verdictView(state));
    play(state.verdict);
    clearLater(state.keep_seconds);
  });
  readKeyboardScanner();
}

/** Hands in what a scanner types that pretends to be a keyboard; the stream shows what comes of it. */
function readKeyboardScanner(): void {
  const lines = createWedgeLines();
  addEventListener('keydown', (event) => {
    const { code, shiftKey: shift, ctrlKey, altKey, metaKey, timeStamp: atMs } = event;
    const line = lines({ code, shift, command: ctrlKey || altKey || metaKey, atMs });
    if (line === undefined) return;
    event.preventDefault();
    const body = JSON.stringify({ code: line, source: 'keyboard' });
    // A lost call is no verdict: the person scans again.
    void fetch('/v1/codes', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }).catch(() => {});
  });
}

function ready(): HTMLElement {
  return readyView('请出示学生证码', 'Show the code of your student ID');
}
