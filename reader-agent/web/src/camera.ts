import { openQrReader } from '@lanyard/look/camera/open-qr-reader.js';
import { make } from './dom.js';
import { createFoot } from './foot-view.js';
import type { Surroundings, Verdict } from './screen-state.js';
import { createSound } from './sound.js';
import { readyView, timeLeft, verdictView } from './verdict-view.js';

const widestPx = 960;
const betweenPicturesMs = 80;

/** The agent's camera as a scanner: every picture with a code is handed in; the agent knows which are the same. */
export async function startCamera(app: HTMLElement): Promise<void> {
  const foot = createFoot();
  const play = createSound(foot.saySound);
  const note = make('p', { role: 'status' }, '正在打开摄像头…');
  const video = make('video', { playsinline: '', muted: '', 'aria-label': '摄像头画面' });
  video.muted = true;
  let glass = ready();
  let shownN = 0;
  let timer = 0;
  app.replaceChildren(
    make('main', { class: 'kiosk camera' }, make('div', { class: 'view' }, video, note), glass, foot.element),
  );
  const stream = new EventSource('/v1/screen');
  stream.addEventListener('open', () => foot.sayLink(true));
  stream.addEventListener('error', () => foot.sayLink(false));
  for (const name of ['facts', 'shown']) {
    stream.addEventListener(name, (event) => foot.update(JSON.parse((event as MessageEvent).data) as Surroundings));
  }

  function put(next: HTMLElement): void {
    glass.replaceWith(next);
    glass = next;
  }
  function show(verdict: Verdict): void {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      shownN = 0;
      put(ready());
    }, verdict.keep_seconds * 1000);
    if (verdict.n === shownN) {
      glass.querySelector('.left-time')?.replaceWith(timeLeft(verdict.keep_seconds));
      return;
    }
    shownN = verdict.n;
    put(verdictView(verdict));
    play(verdict.verdict);
  }
  async function hand(code: string): Promise<void> {
    const response = await fetch('/v1/codes', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code, source: 'camera' }),
    });
    if (response.ok) show((await response.json()) as Verdict);
  }

  try {
    const [read, media] = await Promise.all([
      openQrReader(),
      navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } }),
    ]);
    video.srcObject = media;
    await video.play();
    note.remove();
    await watch(video, read, hand);
  } catch {
    note.textContent = '摄像头打不开。请允许使用摄像头，再刷新本页。The camera did not open.';
  }
}

async function watch(
  video: HTMLVideoElement,
  read: (picture: ImageData) => Promise<string[]>,
  hand: (code: string) => Promise<void>,
): Promise<never> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  for (;;) {
    const scale = Math.min(1, widestPx / Math.max(1, video.videoWidth));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (context !== null && canvas.width > 0) {
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const codes = await read(context.getImageData(0, 0, canvas.width, canvas.height));
      // A lost call is no verdict: the next picture asks again.
      for (const code of codes) if (code.length <= 1024) await hand(code).catch(() => {});
    }
    await new Promise((resolve) => setTimeout(resolve, betweenPicturesMs));
  }
}

function ready(): HTMLElement {
  return readyView('把码对准摄像头', 'Hold the code in front of the camera');
}
