import type { ShowPage } from '../app/page.js';
import { chooseLanguage } from '../app/preferences.js';
import type { Face } from '../storage/kept.js';
import type { Kept } from '../storage/wallet-db.js';
import { frameTexts } from '../texts/frame.js';
import { presentTexts } from '../texts/present.js';
import { translator } from '../texts/translate.js';
import { clockFault } from '../time/corrected-clock.js';
import { el, icon, personName } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { portraitImage } from '../ui/portrait.js';
import { holdBanner, stateLine } from '../ui/state-line.js';
import { showGateCode } from './show-gate-code.js';
import { standingOf } from './standing.js';

/** Opens on the code without a tap. Order: university, offline pill, mode, code, clock, holder, what the reader learns. */
export const showPresentPage: ShowPage = async (root, wallet) => {
  const { language, clock, config } = wallet;
  const t = translator(presentTexts, language);
  const tf = translator(frameTexts, language);
  const kept = await wallet.kept();
  const standing = standingOf(kept.face, kept.state, clock.nowMs());
  const other = language === 'zh' ? 'en' : 'zh';
  const body = el('div', { class: 'present-body' });
  drawFrame(root, wallet, {
    path: '/',
    title: kept.face?.claims.university_name ?? (config.universityName || t('title')),
    crest: true,
    mainClass: 'present',
    bar: [
      el(
        'span',
        { class: 'pill', 'data-testid': 'offline', hidden: wallet.offline() ? undefined : true },
        icon('offline'),
        el('span', {}, t('offline-pill')),
      ),
      el(
        'button',
        {
          class: 'btn btn-icon',
          type: 'button',
          'data-testid': 'switch-language',
          'aria-label': tf('switch-language'),
          lang: other === 'en' ? 'en' : 'zh-CN',
          onclick: () => {
            chooseLanguage(other);
            wallet.redraw();
          },
        },
        el('b', { class: 'small' }, tf('switch-language-short')),
      ),
    ],
    main: body,
  });
  if (standing.kind === 'none' || kept.face === undefined) {
    body.replaceChildren(noCard(t));
    return () => {};
  }
  const face = kept.face;
  const stops: (() => void)[] = [];
  const holder = el(
    'section',
    { class: 'panel who', 'aria-label': t('holder') },
    portraitImage(face.portrait, t('photo'), (stop) => stops.push(stop)),
    el(
      'div',
      { class: 'grow' },
      personName(face.claims.name ?? ''),
      el('p', { class: 'who-state' }, stateLine(standing, language)),
    ),
  );
  if (standing.kind === 'suspended' || standing.kind === 'revoked') {
    body.replaceChildren(holdBanner(standing, language), holder);
    return () => {
      for (const stop of stops) stop();
    };
  }
  const fault = clockFault(clock.measure());
  const notices = noticesOf(kept, wallet.config.issuer, face, t);
  if (fault !== undefined) notices.unshift(notice(t(`problem-${fault}`), undefined));
  stops.push(await showGateCode(body, { wallet, face, kept, holder, notices }));
  return () => {
    for (const stop of stops) stop();
  };
};

type T = ReturnType<typeof translator<typeof presentTexts>>;

function noCard(t: T): HTMLElement {
  return el(
    'section',
    { class: 'panel panel-pad stack', 'data-testid': 'no-card' },
    el('h2', {}, t('none-title')),
    el('p', { class: 'muted' }, t('none-how')),
    el('a', { class: 'btn btn-primary btn-l btn-block', href: '/claim', 'data-nav': true }, t('none-go')),
  );
}

function notice(text: string, action: HTMLElement | undefined): HTMLElement {
  return el(
    'section',
    { class: 'banner banner-warn', 'data-testid': 'notice' },
    icon('warn'),
    el('div', { class: 'stack' }, el('p', {}, text), action),
  );
}

/** What stands in the way of being let in later on, each with a next step. */
function noticesOf(kept: Kept, issuer: string, face: Face, t: T): HTMLElement[] {
  const again = () => el('a', { class: 'btn', href: '/claim', 'data-nav': true }, t('claim-again'));
  const own = face.issuer === issuer;
  if (own && kept.line?.ended === true) return [notice(t('line-ended'), again())];
  if (own && kept.state?.gate_key.enrolled === false) return [notice(t('other-phone'), again())];
  return [];
}
