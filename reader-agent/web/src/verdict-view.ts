import { make, symbol } from './dom.js';
import type { Verdict } from './screen-state.js';

const looks = {
  accepted: { tone: 'verdict-ok', shape: 'shape-ok', zh: '通过', en: 'Pass' },
  rejected: { tone: 'verdict-bad', shape: 'shape-bad', zh: '不通过', en: 'Refused' },
  'cannot-decide': { tone: 'verdict-unk', shape: 'shape-unk', zh: '无法判断', en: 'Cannot decide' },
} as const;

/** A verdict as it stands on the glass: shape and word, reason, next step, English, photo, time left. */
export function verdictView(verdict: Verdict): HTMLElement {
  const look = looks[verdict.verdict];
  const { zh, en } = verdict.texts;
  const word = make('h1', { class: look.zh.length > 3 ? 'word w4' : 'word' }, look.zh);
  const head = make('div', { class: 'head' }, symbol(look.shape, 'shape'));
  head.append(make('div', {}, word, make('p', { class: 'word-en', lang: 'en' }, look.en)));
  const say = make(
    'div',
    { class: 'say' },
    head,
    make('p', { class: 'reason' }, zh.title),
    make('p', { class: 'next' }, zh.next),
    make('p', { class: 'next-en', lang: 'en' }, `${en.title}. ${en.next}`),
    ...(zh.guard === undefined ? [] : [make('p', { class: 'next-guard' }, `门岗：${zh.guard}`)]),
  );
  const stage = make('div', { class: 'stage', role: 'alert' }, say, personView(verdict));
  return make(
    'div',
    { class: `glass ${look.tone}` },
    make('div', { class: 'edge' }),
    stage,
    make('div', { class: 'edge' }),
    timeLeft(verdict.keep_seconds),
  );
}

/** The bar that drains until the screen is free again. */
export function timeLeft(seconds: number): HTMLElement {
  return make('div', { class: 'left-time' }, make('span', { class: seconds <= 3 ? 'keep-3' : 'keep-8' }));
}

function personView(verdict: Verdict): HTMLElement {
  if (verdict.portrait_url !== undefined) {
    const photo = make('img', { class: 'photo', src: verdict.portrait_url, alt: '证件照' });
    const name = verdict.name === undefined ? [] : [make('p', { class: 'person-name' }, verdict.name)];
    return make('div', { class: 'person' }, photo, ...name, make('p', { class: 'facts-line' }, '请核对照片与本人'));
  }
  const why = verdict.holder_proved ? '本机没有照片' : '未核实，不显示照片与姓名';
  return make('div', { class: 'person' }, make('div', { class: 'noperson' }, symbol('i-user', 'i'), why));
}

/** Ready for the next person; nothing of the last one is left. */
export function readyView(zh: string, en: string): HTMLDivElement {
  const text = make('div', {}, make('h1', {}, zh), make('p', { class: 'next', lang: 'en' }, en));
  return make('div', { class: 'glass ready' }, make('div', { class: 'stage' }, symbol('i-qr', 'i'), text));
}
