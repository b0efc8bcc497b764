import { type Html, html } from './html.js';
import { type IconName, icon } from './icons.js';
import type { Language } from './layout.js';

/** A banner stays until its cause is gone (look.md §10). */
export const banner = (tone: 'info' | 'ok' | 'warn' | 'bad', text: Html | string, role?: 'alert' | 'status'): Html =>
  html`<div class="banner ${tone === 'info' ? '' : `banner-${tone}`}"${role === 'alert' ? html` role="alert" tabindex="-1" data-focus` : role === 'status' ? html` role="status"` : undefined}>${icon(tone)}<div>${text}</div></div>`;

/** A field's error, with cause and the value that would pass. */
export const fieldError = (id: string, text: string): Html =>
  html`<p class="error" id="${id}">${icon('bad')}<span>${text}</span></p>`;

export const wayLink = (href: string, name: IconName, text: Html | string): Html =>
  html`<a class="btn btn-block" href="${href}">${icon(name, 'i-s')}<span>${text}</span></a>`;

/**
 * A name: one face, breaking only after the dot (look.md §4). Chromium also breaks before the dot where a line is just
 * full, so names of many parts, which do fill lines, keep each part with its dot in one box.
 */
export const personName = (name: string): Html => {
  const pieces = name.split('·');
  const last = pieces.length - 1;
  if (last < 2)
    return html`<span class="name">${pieces.map((piece, index) => (index < last ? html`${piece}·<wbr>` : piece))}</span>`;
  return html`<span class="name">${pieces.map((piece, index) => html`<span class="name-part">${piece}${index < last && '·'}</span>`)}</span>`;
};

/** `2026-11-23 14:05` in the university's time. */
export function moment(ms: number): Html {
  const at = new Date(ms + 8 * 3_600_000).toISOString();
  return html`<time class="nowrap" datetime="${new Date(ms).toISOString()}">${at.slice(0, 10)} ${at.slice(11, 16)}</time>`;
}

/** `14:05` in the university's time. */
export const clockTime = (ms: number): Html =>
  html`<time class="nowrap" datetime="${new Date(ms).toISOString()}">${new Date(ms + 8 * 3_600_000).toISOString().slice(11, 16)}</time>`;

/** A wait in words. */
export function waitWords(seconds: number, language: Language): string {
  if (seconds < 120) return language === 'zh' ? `${seconds} 秒` : `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return language === 'zh' ? `${minutes} 分钟` : `${minutes} minutes`;
}
