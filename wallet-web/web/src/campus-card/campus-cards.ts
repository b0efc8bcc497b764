import type { WalletContext } from '../app/page.js';
import { createHolderLine } from '../issuer/holder-line.js';
import { ServiceRefusal } from '../issuer/refusal.js';
import { campusCardTexts } from '../texts/campus-card.js';
import { type Translate, translator } from '../texts/translate.js';
import { proseMoment } from '../ui/dates.js';
import { el, icon } from '../ui/element.js';
import { openSheet } from '../ui/frame.js';

/** What `GET /v1/holder/cards` answers of a card; times in Unix seconds. */
export interface OwnCard {
  readonly last_four: string;
  readonly state: 'bound' | 'suspended' | 'lost' | 'replaced';
  readonly changed_at: number;
  readonly suspended_by: 'holder' | 'office' | null;
  readonly may_reinstate_until: number | null;
}

const LOOKS = {
  bound: ['pill-ok', 'ok'],
  suspended: ['pill-warn', 'pause'],
  lost: ['pill-bad', 'bad'],
  replaced: ['', 'history'],
} as const;

/**
 * The student's campus cards, asked for when the page is open: nothing of them is kept on the phone. The one in use is
 * stopped in two taps, and taken back as long as the issuer says so.
 */
export function campusCards(wallet: WalletContext): HTMLElement {
  const t = translator(campusCardTexts, wallet.language);
  const call = createHolderLine(wallet.db, wallet.clock);
  const ask = (path: string, body?: object) =>
    call<{ cards: OwnCard[] }>(`${wallet.config.issuer}/v1/holder/cards${path}`, body === undefined ? {} : { body });
  const list = el('div', { class: 'stack' }, el('p', { class: 'muted' }, t('offline')));
  const section = el(
    'section',
    { class: 'panel panel-pad stack', 'data-testid': 'campus-cards' },
    el('h2', {}, t('title')),
    list,
  );
  const draw = (cards: readonly OwnCard[]) =>
    list.replaceChildren(
      ...(cards.length === 0
        ? [el('p', { class: 'muted' }, t('none'))]
        : cards.map((card) => cardRow(card, t, wallet, (verb) => confirm(card, verb)))),
    );

  function confirm(card: OwnCard, verb: 'suspend' | 'reinstate'): void {
    const stops = verb === 'suspend';
    const problem = el('div', {});
    const go = el(
      'button',
      {
        class: `btn btn-l btn-block ${stops ? 'btn-danger' : 'btn-primary'}`,
        type: 'button',
        'data-testid': 'card-confirm',
      },
      t(stops ? 'stop-confirm' : 'restore-confirm'),
    );
    const says = stops ? (['stop-stops', 'stop-stays', 'stop-undo'] as const) : (['restore-how'] as const);
    const title = t(stops ? 'stop-what' : 'restore-what', { four: card.last_four });
    const sheet = openSheet(
      title,
      t('cancel'),
      says.map((key) => el('p', {}, t(key))),
      problem,
      go,
    );
    go.addEventListener('click', () => {
      go.setAttribute('aria-disabled', 'true');
      ask(`/${verb}`, {}).then(
        ({ cards }) => {
          sheet.close();
          draw(cards);
        },
        (error: unknown) => {
          go.removeAttribute('aria-disabled');
          problem.replaceChildren(el('p', { class: 'error', role: 'alert' }, icon('bad'), wordsOf(error, t)));
        },
      );
    });
  }
  ask('').then(
    ({ cards }) => draw(cards),
    () => {},
  );
  return section;
}

function wordsOf(error: unknown, t: Translate<typeof campusCardTexts>): string {
  if (!(error instanceof ServiceRefusal)) return t('failed');
  if (error.code === 'own-card-by-office') return t('by-office');
  if (error.code === 'own-card-too-late' || error.code === 'own-card-new-wallet') return t('office-only');
  return t('refused', { why: error.code });
}

function cardRow(
  card: OwnCard,
  t: Translate<typeof campusCardTexts>,
  { language }: WalletContext,
  act: (verb: 'suspend' | 'reinstate') => void,
): HTMLElement {
  const [tone, sign] = LOOKS[card.state];
  const button = (verb: 'suspend' | 'reinstate') =>
    el(
      'button',
      {
        class: `btn btn-block ${verb === 'suspend' ? 'btn-danger-line' : ''}`.trim(),
        ...{ type: 'button', 'data-testid': `card-${verb}`, onclick: () => act(verb) },
      },
      t(verb === 'suspend' ? 'stop' : 'restore'),
    );
  const until = card.may_reinstate_until;
  return el(
    'div',
    { class: 'stack', 'data-testid': 'campus-card', 'data-state': card.state },
    el(
      'p',
      { class: 'row between' },
      el('span', { class: 'item-title' }, t('ends', { four: card.last_four })),
      el('span', { class: `pill ${tone}`.trim() }, icon(sign), el('span', {}, t(card.state))),
    ),
    el('p', { class: 'meta' }, t('since', { date: proseMoment(card.changed_at * 1000, language) })),
    card.state === 'suspended' && card.suspended_by === 'office' ? el('p', {}, t('by-office')) : undefined,
    card.suspended_by === 'holder'
      ? el('p', {}, until === null ? t('office-only') : t('until-own', { date: proseMoment(until * 1000, language) }))
      : undefined,
    card.state === 'bound' ? button('suspend') : undefined,
    until === null ? undefined : button('reinstate'),
  );
}
