import type { StudentIdClaims } from '@lanyard/protocol';
import { cardTexts } from '../texts/card.js';
import { translator } from '../texts/translate.js';
import { el, personName } from '../ui/element.js';
import { crest } from '../ui/frame.js';
import { portraitImage } from '../ui/portrait.js';
import { guilloche } from './guilloche.js';

export interface IdCardParts {
  readonly look: 'on' | 'off';
  readonly testId: string;
  readonly label: string;
  readonly photo: string;
  readonly university: string;
  /** What the document is; a document carries both languages. */
  readonly kind: { readonly zh: string; readonly en: string };
  readonly portrait: Uint8Array | undefined;
  readonly claims: Partial<
    Pick<StudentIdClaims, 'name' | 'name_latin' | 'college' | 'major' | 'level' | 'student_number'>
  >;
  /** What stands beside the number. */
  readonly last: { readonly zh: string; readonly en: string; readonly value: string };
}

/** The face of a document of the university, as its holder sees it. */
export function drawIdCard(parts: IdCardParts, onStop: (stop: () => void) => void): HTMLElement {
  const { claims, kind, last } = parts;
  const off = parts.look === 'off';
  const name = claims.name ?? '';
  // What the document itself says stays in its own language.
  const inChinese = translator(cardTexts, 'zh');
  const level = claims.level === undefined ? undefined : inChinese(`level-${claims.level}`);
  const study = [claims.major, level].filter((part) => part !== undefined && part !== '').join('，');
  const number = (zh: string, en: string, value: string) =>
    el(
      'div',
      {},
      el('dt', { lang: 'zh-CN' }, `${zh} `, el('span', { lang: 'en' }, en)),
      el('dd', {}, el('span', { class: 'nowrap' }, value)),
    );
  return el(
    'section',
    { class: off ? 'idcard is-off' : 'idcard', 'aria-label': parts.label, 'data-testid': parts.testId },
    guilloche(),
    el(
      'div',
      { class: 'top' },
      crest(off ? 'var(--card-off)' : 'var(--card)'),
      el(
        'div',
        {},
        el('b', { lang: 'zh-CN' }, parts.university),
        el('span', { class: 'sub', lang: 'zh-CN' }, `${kind.zh} `, el('span', { lang: 'en' }, kind.en)),
      ),
    ),
    el(
      'div',
      { class: 'mid' },
      portraitImage(parts.portrait, parts.photo, onStop),
      el(
        'div',
        { class: 'grow' },
        personName(name, name.length > 8 ? { class: 'name long' } : {}),
        claims.name_latin === undefined ? undefined : el('p', { class: 'sub', lang: 'en' }, claims.name_latin),
        el('p', { class: 'sub', lang: 'zh-CN' }, claims.college ?? '', el('br'), study),
      ),
    ),
    el(
      'dl',
      { class: 'nums' },
      number('学号', 'No.', claims.student_number ?? ''),
      number(last.zh, last.en, last.value),
    ),
  );
}
