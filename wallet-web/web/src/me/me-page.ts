import type { ShowPage } from '../app/page.js';
import { chooseLanguage, chooseTheme, readTheme, type Theme } from '../app/preferences.js';
import { freshCopies } from '../issuer/refill.js';
import { meTexts } from '../texts/me.js';
import { type Translate, translator } from '../texts/translate.js';
import { proseMoment } from '../ui/dates.js';
import { type Child, el, icon } from '../ui/element.js';
import { drawFrame, openSheet } from '../ui/frame.js';
import { deleteCard } from './delete-card.js';
import { canInstall, install } from './install.js';

const THEMES: Theme[] = ['system', 'light', 'dark', 'contrast'];

/** Language, appearance, installing, and the wallet itself. */
export const showMePage: ShowPage = async (root, wallet) => {
  const { language, db, clock } = wallet;
  const t = translator(meTexts, language);
  const { face, state } = await db.read('face', 'state');
  const passes = freshCopies(await db.credentials('student-pass'), clock.nowSeconds(), 0).length;
  drawFrame(root, wallet, {
    path: '/me',
    title: t('title'),
    mainClass: 'stack',
    main: [
      choices(
        t('language'),
        'language',
        (['zh', 'en'] as const).map((value) => ({
          value,
          text: t(value),
          chosen: value === language,
          lang: value === 'zh' ? 'zh-CN' : 'en',
        })),
        (value) => {
          chooseLanguage(value === 'zh' ? 'zh' : 'en');
          wallet.redraw();
        },
      ),
      choices(
        t('theme'),
        'theme',
        THEMES.map((value) => ({ value, text: t(value), chosen: value === readTheme() })),
        (value) => chooseTheme(THEMES.find((theme) => theme === value) ?? 'system'),
      ),
      installPanel(t),
      el(
        'section',
        { class: 'panel panel-pad stack' },
        el('h2', {}, t('card')),
        face === undefined
          ? el('a', { class: 'btn btn-block', href: '/claim', 'data-nav': true }, t('claim'))
          : [
              el(
                'p',
                {},
                state === undefined
                  ? t('never-updated')
                  : t('updated', { date: proseMoment(state.receivedAtMs, language) }),
              ),
              el('p', {}, t('passes', { count: passes })),
              el(
                'button',
                {
                  class: 'btn btn-danger-line btn-block',
                  type: 'button',
                  'data-testid': 'delete',
                  onclick: () =>
                    confirmDelete(
                      t,
                      () => deleteCard(wallet),
                      () => wallet.go('/'),
                    ),
                },
                icon('trash', 'i-s'),
                t('delete'),
              ),
            ],
      ),
    ],
  });
  return () => {};
};

function choices(
  label: string,
  name: string,
  options: { value: string; text: string; chosen: boolean; lang?: string }[],
  onChoose: (value: string) => void,
): HTMLElement {
  return el(
    'fieldset',
    { class: 'panel panel-pad' },
    el('legend', { class: 'label' }, label),
    el(
      'div',
      { class: 'choice' },
      options.map((option) =>
        el(
          'label',
          option.lang === undefined ? {} : { lang: option.lang },
          el('input', {
            type: 'radio',
            name,
            value: option.value,
            'data-testid': `${name}-${option.value}`,
            checked: option.chosen ? true : undefined,
            onchange: () => onChoose(option.value),
          }),
          el('span', {}, icon('check'), option.text),
        ),
      ),
    ),
  );
}

function installPanel(t: Translate<typeof meTexts>): Child {
  if (matchMedia('(display-mode: standalone)').matches) return undefined;
  return el(
    'section',
    { class: 'panel panel-pad stack' },
    el('h2', {}, t('install')),
    el('p', { class: 'muted' }, t('install-how')),
    canInstall()
      ? el('button', { class: 'btn btn-block', type: 'button', onclick: () => void install() }, t('install-go'))
      : undefined,
  );
}

function confirmDelete(t: Translate<typeof meTexts>, erase: () => Promise<void>, done: () => void): void {
  const problem = el('div', {});
  const sheet = openSheet(
    t('delete'),
    t('cancel'),
    el('p', {}, t('delete-what')),
    problem,
    el(
      'button',
      {
        class: 'btn btn-danger btn-l btn-block',
        type: 'button',
        'data-testid': 'delete-confirm',
        onclick: () => {
          erase().then(
            () => {
              sheet.close();
              done();
            },
            () => problem.replaceChildren(el('p', { class: 'error', role: 'alert' }, icon('bad'), t('delete-failed'))),
          );
        },
      },
      t('delete-confirm'),
    ),
  );
}
