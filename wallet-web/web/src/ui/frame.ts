import type { WalletContext } from '../app/page.js';
import { frameTexts } from '../texts/frame.js';
import { type Translate, translator } from '../texts/translate.js';
import { type Child, el, icon, svg } from './element.js';

const TABS = [
  { path: '/', icon: 'qr', text: 'tab-present' },
  { path: '/card', icon: 'id', text: 'tab-card' },
  { path: '/records', icon: 'history', text: 'tab-records' },
  { path: '/me', icon: 'user', text: 'tab-me' },
] as const;

/** Bar, main and tabs of a page, or a question's answers in place of the tabs. `title` is the page's only h1. */
export function drawFrame(
  root: HTMLElement,
  wallet: WalletContext,
  page: { path: string; title: string; bar?: Child; crest?: boolean; mainClass?: string; main: Child; actions?: Child },
): HTMLElement {
  const t = translator(frameTexts, wallet.language);
  document.title = `${page.title} · ${t('app-name')}`;
  const main = el('main', { ...(page.mainClass === undefined ? {} : { class: page.mainClass }) }, page.main);
  root.replaceChildren(
    el(
      'header',
      { class: 'bar bar-plain' },
      page.crest === true ? el('span', { class: 'crest-ink' }, crest()) : undefined,
      el('div', { class: 'grow' }, el('h1', {}, page.title)),
      page.bar,
    ),
    main,
    page.actions === undefined ? tabs(page.path, t) : el('div', { class: 'actions' }, page.actions),
  );
  return main;
}

function tabs(path: string, t: Translate<typeof frameTexts>): HTMLElement {
  return el(
    'nav',
    { class: 'tabs', 'aria-label': t('tabs') },
    TABS.map((tab) =>
      el(
        'a',
        { href: tab.path, 'data-nav': true, ...(tab.path === path ? { 'aria-current': 'page' } : {}) },
        icon(tab.icon),
        el('span', {}, t(tab.text)),
      ),
    ),
  );
}

/** The example crest, in the ink of its surroundings. A university brings its own in one colour. */
export function crest(paper = 'var(--canvas)'): SVGElement {
  const line = { fill: 'none', stroke: paper, 'stroke-width': '2', 'stroke-linecap': 'round' };
  return svg(
    'svg',
    { class: 'crest', viewBox: '0 0 48 48', 'aria-hidden': 'true' },
    svg('circle', { cx: '24', cy: '24', r: '22.5', fill: 'currentColor' }),
    svg('circle', { ...line, cx: '24', cy: '24', r: '18.5', 'stroke-width': '1.4' }),
    svg('path', {
      ...line,
      d: 'M11 26c5-2 9-1.5 13 1.5 4-3 8-3.5 13-1.5v8c-5-1.5-9-1-13 1.5-4-2.5-8-3-13-1.5z',
      'stroke-linejoin': 'round',
    }),
    svg('path', { ...line, d: 'M24 27.5V35M14 21c2.5-7 17.5-7 20 0M24 11v5' }),
  );
}

/** A sheet over the page: focus stays inside, Escape and the button close it. */
export function openSheet(title: string, close: string, ...content: Child[]): HTMLDialogElement {
  const sheet = el(
    'dialog',
    { class: 'sheet', 'aria-label': title },
    el('h2', {}, title),
    content,
    el('button', { class: 'btn btn-l btn-block', type: 'button', onclick: () => sheet.close() }, close),
  );
  sheet.addEventListener('close', () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
  return sheet;
}
