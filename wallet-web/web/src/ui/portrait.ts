import { el } from './element.js';

/** The portrait in its frame; without one the frame stays empty. `onStop` takes what frees the memory. */
export function portraitImage(
  jpeg: Uint8Array | undefined,
  label: string,
  onStop: (stop: () => void) => void,
): HTMLElement {
  const frame = el('div', { class: 'photo' });
  if (jpeg === undefined) return frame;
  const url = URL.createObjectURL(new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' }));
  onStop(() => URL.revokeObjectURL(url));
  frame.append(el('img', { class: 'portrait', src: url, alt: label, decoding: 'async', width: '240', height: '320' }));
  return frame;
}
