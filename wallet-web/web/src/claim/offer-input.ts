import type { claimTexts } from '../texts/claim.js';
import { el, icon } from '../ui/element.js';

type InputKey =
  | 'scan'
  | 'scan-label'
  | 'scan-stop'
  | 'problem-camera'
  | 'paste'
  | 'paste-help'
  | 'open'
  | 'how-title'
  | 'how';
/** The words around scanner and field; each page that takes a link has its own. */
type InputT = (key: InputKey & keyof typeof claimTexts) => string;

/** Pasted text or the camera; `onOffer` gets what was read. */
export function showOfferInput(t: InputT, onOffer: (text: string) => void): { element: HTMLElement; stop: () => void } {
  let stopCamera = () => {};
  const stop = () => stopCamera();
  const camera = el('div', { class: 'stack' });
  const scan = el(
    'button',
    { class: 'btn btn-primary btn-l btn-block', type: 'button', 'data-testid': 'scan' },
    icon('camera'),
    t('scan'),
  );
  scan.addEventListener('click', () => void openCamera());

  async function openCamera(): Promise<void> {
    stop();
    camera.replaceChildren();
    try {
      const { scanCodes } = await import('./scan-codes.js');
      const video = el('video', { class: 'scan-video', playsinline: true, muted: true, 'aria-label': t('scan-label') });
      const end = el('button', { class: 'btn btn-block', type: 'button', onclick: () => stop() }, t('scan-stop'));
      stopCamera = await scanCodes(video, (text) => {
        stop();
        onOffer(text);
      });
      const stopTracks = stopCamera;
      stopCamera = () => {
        stopTracks();
        camera.replaceChildren();
      };
      camera.replaceChildren(video, end);
    } catch {
      camera.replaceChildren(
        el(
          'p',
          { class: 'error', role: 'alert', 'data-testid': 'problem', 'data-code': 'camera' },
          icon('bad'),
          t('problem-camera'),
        ),
      );
    }
  }

  const input = el('textarea', {
    id: 'offer',
    class: 'input',
    rows: '3',
    'data-testid': 'offer-text',
    'aria-describedby': 'offer-help',
    spellcheck: 'false',
  });
  const form = el(
    'form',
    { class: 'stack' },
    el(
      'div',
      { class: 'field' },
      el('label', { class: 'label', for: 'offer' }, t('paste')),
      input,
      el('p', { class: 'help', id: 'offer-help' }, t('paste-help')),
    ),
    el('button', { class: 'btn btn-l btn-block', type: 'submit', 'data-testid': 'open-offer' }, t('open')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    stop();
    onOffer(input.value);
  });
  const element = el(
    'div',
    { class: 'stack' },
    el(
      'section',
      { class: 'panel panel-pad stack' },
      el('h2', {}, t('how-title')),
      el('p', { class: 'muted' }, t('how')),
      scan,
      camera,
    ),
    el('section', { class: 'panel panel-pad' }, form),
  );
  return { element, stop };
}
