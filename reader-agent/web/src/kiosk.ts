import { make } from './dom.js';
import { createFoot } from './foot-view.js';
import { readyGlass } from './ready-view.js';
import type { ScreenState, Surroundings } from './screen-state.js';
import { createSound } from './sound.js';
import { timeLeft, verdictView } from './verdict-view.js';
import { createWedgeLines } from './wedge-lines.js';

/** The screen at the gate: what the agent's stream says, at once; back to ready by itself even if the stream breaks. */
export function startKiosk(app: HTMLElement): void {
  const foot = createFoot();
  const play = createSound(foot.saySound);
  let around: Surroundings | undefined;
  let glass = readyGlass(around);
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
      put(readyGlass(around));
    }, seconds * 1000);
  }
  const stream = new EventSource('/v1/screen');
  stream.addEventListener('open', () => foot.sayLink(true));
  stream.addEventListener('error', () => foot.sayLink(false));
  stream.addEventListener('facts', (event) => {
    const before = around;
    around = JSON.parse(event.data) as Surroundings;
    foot.update(around);
    // A new challenge or mode takes the place of the old one; a verdict on the glass stays.
    const changed = before?.challenge !== around.challenge || before?.mode !== around.mode;
    if (shown === undefined && changed) put(readyGlass(around));
  });
  stream.addEventListener('held', (event) => {
    const { n } = JSON.parse(event.data) as { n: number };
    if (shown?.n !== n) return;
    glass.querySelector('.left-time')?.replaceWith(timeLeft(shown.keepSeconds));
    clearLater(shown.keepSeconds);
  });
  stream.addEventListener('shown', (event) => {
    const state = JSON.parse(event.data) as ScreenState;
    around = state;
    foot.update(state);
    clearTimeout(timer);
    if (state.state === 'ready') {
      shown = undefined;
      return put(readyGlass(around));
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
