import type { ShowPage } from '../app/page.js';
import { campusCards } from '../campus-card/campus-cards.js';
import { portraitCard } from '../portrait/portrait-card.js';
import { isClosed, type Standing, standingOf } from '../present/standing.js';
import type { Face } from '../storage/kept.js';
import { cardTexts } from '../texts/card.js';
import { translator } from '../texts/translate.js';
import { proseMoment } from '../ui/dates.js';
import { el, icon } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { holdBanner, stateLine } from '../ui/state-line.js';
import { alumniCard } from './alumni-card.js';
import { cardDetails } from './card-details.js';
import { documentCards } from './document-cards.js';
import { drawIdCard } from './id-card.js';
import { otherCards } from './other-cards.js';
import { registrationCard } from './registration-card.js';

type T = ReturnType<typeof translator<typeof cardTexts>>;

/** The card as its holder sees it: face, state, what it holds. */
export const showCardPage: ShowPage = async (root, wallet) => {
  const { language, clock } = wallet;
  const t = translator(cardTexts, language);
  const { face, state, line } = await wallet.db.read('face', 'state', 'line');
  const others = await wallet.db.cards();
  const standing = standingOf(face, state, clock.nowMs());
  const stops: (() => void)[] = [];
  const alumni = await alumniCard(wallet, others, t, (stop) => stops.push(stop));
  const documents = await documentCards(others, wallet, t);
  const known = state?.receivedAtMs ?? face?.receivedAtMs;
  const asOf = (hidden: boolean) =>
    known === undefined
      ? undefined
      : el(
          'p',
          { class: 'meta', 'data-testid': 'offline', hidden: hidden ? true : undefined },
          t('as-of', { date: proseMoment(known, language) }),
        );
  drawFrame(root, wallet, {
    path: '/card',
    title: t('title'),
    mainClass: 'stack card-main',
    main:
      face === undefined || standing.kind === 'none'
        ? [
            alumni ?? noCard(t),
            documents,
            otherCards(others, wallet, t),
            others.length === 0 ? undefined : scanRequest(t),
          ]
        : [
            alumni,
            cardFace(face, standing, t, (stop) => stops.push(stop)),
            standing.kind === 'valid' ? undefined : holdBanner(standing, language),
            standing.kind === 'valid' ? undefined : el('p', {}, stateLine(standing, language)),
            asOf(!wallet.offline()),
            standing.kind === 'valid' ? semester(standing, t) : undefined,
            standing.kind === 'valid' ? registrationCard(wallet) : undefined,
            isClosed(standing, state) ? undefined : scanRequest(t),
            cardDetails(face, state, t, language),
            line === undefined || line.ended ? undefined : campusCards(wallet),
            line === undefined || line.ended ? undefined : portraitCard(wallet),
            documents,
            otherCards(others, wallet, t),
          ],
  });
  return () => {
    for (const stop of stops) stop();
  };
};

function noCard(t: T): HTMLElement {
  return el(
    'section',
    { class: 'panel panel-pad stack', 'data-testid': 'no-card' },
    el('h2', {}, t('none-title')),
    el('a', { class: 'btn btn-primary btn-l btn-block', href: '/claim', 'data-nav': true }, t('none-go')),
  );
}

/** For signing in on another screen; a link on this phone needs no scanner. */
function scanRequest(t: T): HTMLElement {
  return el(
    'a',
    { class: 'btn btn-block', href: '/present', 'data-nav': true, 'data-testid': 'scan-request' },
    icon('camera', 'i-s'),
    t('scan-request'),
  );
}

function cardFace(
  face: Face,
  standing: Exclude<Standing, { kind: 'none' }>,
  t: T,
  onStop: (stop: () => void) => void,
): HTMLElement {
  const { claims } = face;
  const until = standing.kind === 'valid' ? standing.registeredUntil : claims.registered_until;
  return drawIdCard(
    {
      ...{ look: standing.kind === 'valid' ? 'on' : 'off', testId: 'card', label: t('card'), photo: t('photo') },
      ...{ university: claims.university_name ?? face.issuerName, kind: { zh: '电子学生证', en: 'Student ID' } },
      ...{ portrait: face.portrait, claims },
      last: { zh: '注册至', en: 'Until', value: until ?? t('none') },
    },
    onStop,
  );
}

function semester(standing: Extract<Standing, { kind: 'valid' }>, t: T): HTMLElement {
  const { registered, registeredUntil } = standing;
  return el(
    'section',
    { class: 'panel standing', 'data-testid': 'state', 'data-state': registered ? 'registered' : 'not-registered' },
    el('span', { class: `item-icon ${registered ? 'ic-ok' : 'ic-warn'}` }, icon(registered ? 'ok' : 'warn')),
    el(
      'div',
      { class: 'grow' },
      el('p', { class: 'item-title' }, t(registered ? 'registered-title' : 'not-registered-title')),
      el(
        'p',
        { class: 'meta' },
        registered ? t('registered-meta', { date: registeredUntil ?? '' }) : t('not-registered-meta'),
      ),
    ),
  );
}
