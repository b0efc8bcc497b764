import type { WalletContext } from '../app/page.js';
import { type ConsentT, consentTexts } from '../texts/consent.js';
import { translator } from '../texts/translate.js';
import { localTime } from '../ui/dates.js';
import { type Child, el, icon } from '../ui/element.js';
import { drawFrame, openSheet } from '../ui/frame.js';
import { type Chosen, firstSelected, resolveChoices, type Selected } from './choices.js';
import {
  cardName,
  claimValue,
  inCardOrder,
  labelOf,
  labelsExcept,
  labelsLeft,
  namesTheHolder,
  shownClaims,
  tidy,
} from './claim-words.js';
import { ConsentProblem } from './consent-problem.js';
import { drawChoices } from './draw-choices.js';
import type { OpenedRequest } from './open-request.js';

export interface ConsentAnswers {
  readonly refuse: (event: Event) => void;
  readonly agree: (event: Event, chosen: readonly Chosen[]) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Who asks, what for, what can be chosen, what they will learn with each value, what they will not, until when; then
 * two equal buttons, refusing first. Everything is built from the checked request and the very copies that would be
 * sent. For an unknown asker there is no primary button, and a second tap.
 */
export function drawConsent(
  root: HTMLElement,
  wallet: WalletContext,
  opened: OpenedRequest,
  answers: ConsentAnswers,
  selected: Selected = firstSelected(opened.choices),
): void {
  const { language } = wallet;
  const { asker, expiresAtSeconds } = opened;
  const t = translator(consentTexts, language);
  const chosen = resolveChoices(opened.choices, selected, opened.held);
  if (chosen === undefined) {
    answers.fail(new ConsentProblem('no-copies'));
    return;
  }
  const ownOnly = chosen.every(({ candidate }) => candidate.held.card.own);
  const gap = language === 'zh' ? '' : ' ';
  const until = expiresAtSeconds === undefined ? undefined : localTime(expiresAtSeconds * 1000).slice(0, 5);
  const again = (next: Selected, focus: Element | null) => {
    const id = focus?.getAttribute('data-testid');
    drawConsent(root, wallet, opened, answers, next);
    // The page was drawn anew: whoever chooses with the keyboard goes on where they were.
    if (id !== undefined && id !== null) root.querySelector<HTMLElement>(`[data-testid="${CSS.escape(id)}"]`)?.focus();
  };
  drawFrame(root, wallet, {
    path: '/present',
    title: t('title'),
    mainClass: 'stack consent-main',
    main: [
      el(
        'div',
        { class: 'asker' },
        el('span', { class: 'item-icon ic-m1' }, icon('partner')),
        el(
          'div',
          { class: 'grow' },
          el('h2', { 'data-testid': 'asker' }, tidy(t(ownOnly ? 'asks' : 'asks-card', { name: asker.name }))),
          el('p', { class: 'code-text meta', 'data-testid': 'asker-host' }, asker.host),
        ),
      ),
      whoIsThat(opened, t, gap),
      el(
        'p',
        { 'data-testid': 'purpose' },
        el(
          'span',
          { class: 'muted' },
          t(asker.certifiedBy === undefined && opened.purpose !== undefined ? 'purpose-said' : 'purpose-label'),
        ),
        opened.purpose?.[language] ?? t('purpose-unstated'),
      ),
      transactions(opened, wallet, t),
      ...drawChoices(opened.choices, selected, wallet, (next) => again(next, document.activeElement)),
      told(chosen, wallet),
      untold(chosen, wallet),
      el(
        'p',
        { class: 'meta' },
        until === undefined ? '' : [t('until-request', { time: until }), gap],
        t('until-record'),
      ),
    ],
    actions: [
      el(
        'button',
        { class: 'btn btn-l', type: 'button', 'data-testid': 'refuse', onclick: answers.refuse },
        t('refuse'),
      ),
      asker.certifiedBy === undefined
        ? agreeUnknown(chosen, asker.host, answers, t)
        : el(
            'button',
            {
              class: 'btn btn-primary btn-l',
              type: 'button',
              'data-testid': 'agree',
              onclick: (event: Event) => answers.agree(event, chosen),
            },
            icon('key', 'i-s'),
            t('agree'),
          ),
    ],
  });
}

function whoIsThat({ asker }: OpenedRequest, t: ConsentT, gap: string): HTMLElement {
  const { certifiedBy: by, host } = asker;
  if (by === undefined) {
    return el(
      'div',
      { class: 'banner banner-bad', role: 'alert', 'data-testid': 'unknown-asker' },
      icon('warn'),
      el('div', {}, el('b', {}, t('unknown')), gap, t('unknown-how', { host })),
    );
  }
  return el(
    'div',
    { class: 'banner banner-ok', 'data-testid': 'verified' },
    icon('shield'),
    el('div', {}, el('b', {}, t('verified')), gap, t('verified-by', { by })),
  );
}

/** Nobody vouches for the asker: what it means stands between two taps. */
function agreeUnknown(chosen: readonly Chosen[], host: string, answers: ConsentAnswers, t: ConsentT): HTMLElement {
  // Without a claim the card itself is the one thing.
  const count = Math.max(1, chosen.flatMap(({ candidate }) => candidate.disclosed).length);
  const confirm = () => {
    const sheet = openSheet(
      t('agree-unknown-title', { host }),
      t('agree-unknown-cancel'),
      el('p', {}, t('agree-unknown-what', { count })),
      el(
        'button',
        {
          class: 'btn btn-danger btn-l btn-block',
          type: 'button',
          'data-testid': 'agree-unknown-confirm',
          onclick: (event: Event) => {
            answers.agree(event, chosen);
            sheet.close();
          },
        },
        t('agree-unknown-confirm', { count }),
      ),
    );
  };
  return el(
    'button',
    { class: 'btn btn-danger-line btn-l', type: 'button', 'data-testid': 'agree-unknown', onclick: confirm },
    t('agree-unknown'),
  );
}

/** What the holder authorises, in full, before it is authorised (OpenID4VP 1.0 §8.4). */
function transactions({ transactions: all }: OpenedRequest, { language }: WalletContext, t: ConsentT): Child {
  if (all.length === 0) return undefined;
  return el(
    'section',
    { class: 'banner banner-warn', 'data-testid': 'transactions' },
    icon('edit'),
    el(
      'div',
      {},
      el('b', {}, t('transaction-title')),
      all.map(({ data }) => el('p', {}, language === 'zh' ? data.text_zh : data.text_en)),
    ),
  );
}

/** The values that really go out. The card itself, its issuer and its state are part of every presentation. */
function told(chosen: readonly Chosen[], { language }: WalletContext): HTMLElement {
  const t = translator(consentTexts, language);
  const row = (label: string, value: Child, more: Record<string, string> = {}, lang?: string) =>
    el('div', more, el('dt', {}, label), el('dd', { lang }, value));
  const rows = chosen.flatMap(({ candidate }) =>
    // In the order of the card: that of the disclosures is random.
    inCardOrder(shownClaims(candidate)).map((claim) => {
      const value = claimValue(claim, language);
      const foreign = language === 'en' && /[\u3400-\u9fff]/.test(value) ? 'zh-CN' : undefined;
      const label = labelOf(candidate.held.card, claim, language);
      return row(label, value, { 'data-claim': claim.path.map(String).join('.') }, foreign);
    }),
  );
  const cards = new Map(chosen.map(({ candidate }) => [candidate.held.card.key, candidate.held]));
  const count = rows.length;
  const title = count === 0 ? t('tell-nothing') : count === 1 ? t('tell-one') : t('tell-count', { count });
  return el(
    'section',
    { class: 'panel tell tell-yes', 'data-testid': 'told' },
    el('h2', {}, icon('eye', 'i-s'), title),
    el(
      'dl',
      { class: 'facts' },
      rows,
      [...cards.values()].map(({ card }) =>
        row(cardName(card, language), tidy(t('always-value', { issuer: card.issuerName })), { 'data-card': card.key }),
      ),
    ),
    [...cards.values()]
      .filter(({ copy }) => copy.usedAtMs !== undefined)
      .map(({ card }) =>
        el(
          'p',
          { class: 'meta', 'data-testid': 'shown-before' },
          t('card-shown-before', { card: cardName(card, language) }),
        ),
      ),
  );
}

function untold(chosen: readonly Chosen[], { language }: WalletContext): HTMLElement {
  const t = translator(consentTexts, language);
  const own = chosen.filter(({ candidate }) => candidate.held.card.own);
  const sent = own.flatMap(({ candidate }) => shownClaims(candidate).map(({ path }) => String(path[0])));
  const others = chosen.filter(({ candidate }) => !candidate.held.card.own);
  const left = [
    ...(own.length === 0 ? [] : labelsExcept(sent, language)),
    ...others.flatMap(({ candidate }) => labelsLeft(candidate, language)),
  ];
  const unlinked = chosen.every(({ candidate }) => candidate.held.copy.usedAtMs === undefined);
  return el(
    'section',
    { class: 'panel tell tell-no', 'data-testid': 'untold', hidden: left.length === 0 ? true : undefined },
    el('h2', {}, icon('hide', 'i-s'), t('tell-not')),
    el(
      'p',
      {},
      t('tell-not-list', { list: [...new Set(left)].join(t('list')) }),
      others.length > 0 || namesTheHolder(sent) || !unlinked ? '' : [language === 'zh' ? '' : ' ', t('tell-not-else')],
    ),
  );
}
