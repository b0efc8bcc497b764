import { challengeCode } from './challenge-code.js';
import { make, symbol } from './dom.js';
import type { Surroundings } from './screen-state.js';
import { readyView } from './verdict-view.js';

/** Ready for the next person: shows the challenge where one is asked, and an emergency mode while it holds. */
export function readyGlass(around: Surroundings | undefined): HTMLElement {
  if (around?.mode === 'open') {
    return inMode('open', '应急开放，请直接通行', 'Open for an emergency. Please pass.');
  }
  if (around?.mode === 'lock') {
    return inMode('lock', '应急封闭，暂停进入', 'Locked for an emergency. Entry is stopped.');
  }
  if (around?.challenge != null) return asksView(around.challenge);
  return readyView('请出示学生证码', 'Show the code of your student ID');
}

function inMode(mode: 'open' | 'lock', zh: string, en: string): HTMLElement {
  const glass = readyView(zh, en);
  glass.querySelector('svg')?.replaceWith(symbol(mode === 'open' ? 'shape-ok' : 'shape-bad', 'i'));
  glass.classList.add(`mode-${mode}`);
  return glass;
}

function asksView(challenge: string): HTMLElement {
  const say = make(
    'div',
    {},
    make('h1', {}, '先扫码，再出示'),
    make(
      'ol',
      { class: 'steps' },
      make('li', {}, '1. 打开学生证，点“先扫门”'),
      make('li', {}, '2. 扫旁边的码，看清地点'),
      make('li', {}, '3. 把新码对准扫码口'),
    ),
    make('p', { class: 'next', lang: 'en' }, 'Scan this code in your student ID, then show the new code.'),
  );
  const code = challengeCode(challenge, '门上的码，每 5 秒更新');
  return make('div', { class: 'glass ready' }, make('div', { class: 'stage asks' }, say, code));
}
