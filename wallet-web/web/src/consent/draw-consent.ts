import type { WalletContext } from '../app/page.js';
import { consentTexts } from '../texts/consent.js';
import { translator } from '../texts/translate.js';
import { localTime } from '../ui/dates.js';
import { type Child, el, icon } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { claimLabel, claimValue, inCardOrder, labelsExcept, namesTheHolder, tidy } from './claim-words.js';
import type { OpenedRequest } from './open-request.js';
import { readerName } from './reader-name.js';

/**
 * Who asks, what for, what they will learn with each value, what they will not, until when; then two equal buttons,
 * refusing first. Everything is built from the proved request and the very copies that would be sent.
 */
export function drawConsent(
  root: HTMLElement,
  wallet: WalletContext,
  opened: OpenedRequest,
  answers: { readonly refuse: (event: Event) => void; readonly agree: (event: Event) => void },
): void {
  const { language } = wallet;
  const { request } = opened;
  const t = translator(consentTexts, language);
  const { name, host } = readerName(request.reader);
  const by = request.reader.issuer.organisation ?? request.reader.issuer.commonName;
  const gap = language === 'zh' ? '' : ' ';
  const until =
    request.expiresAtSeconds === undefined ? undefined : localTime(request.expiresAtSeconds * 1000).slice(0, 5);
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
          el('h2', { 'data-testid': 'asker' }, tidy(t('asks', { name }))),
          el('p', { class: 'code-text meta', 'data-testid': 'asker-host' }, host),
        ),
      ),
      el(
        'div',
        { class: 'banner banner-ok', 'data-testid': 'verified' },
        icon('shield'),
        el('div', {}, el('b', {}, t('verified')), by === undefined ? '' : [gap, t('verified-by', { by })]),
      ),
      el(
        'p',
        { 'data-testid': 'purpose' },
        el('span', { class: 'muted' }, t('purpose-label')),
        request.purpose?.[language] ?? t('purpose-unstated'),
      ),
      told(opened, wallet),
      untold(opened, wallet),
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
      el(
        'button',
        { class: 'btn btn-primary btn-l', type: 'button', 'data-testid': 'agree', onclick: answers.agree },
        icon('key', 'i-s'),
        t('agree'),
      ),
    ],
  });
}

const sentNames = ({ chosen }: OpenedRequest): string[] =>
  chosen.flatMap(({ candidate }) => candidate.disclosed.map(({ path }) => String(path[0])));

/** The values that really go out. The card itself, its issuer and its state are part of every presentation. */
function told(opened: OpenedRequest, { language, config }: WalletContext): HTMLElement {
  const t = translator(consentTexts, language);
  // In the order of the card: that of the disclosures is random.
  const disclosed = inCardOrder(opened.chosen.flatMap(({ candidate }) => candidate.disclosed));
  const row = (label: string, value: Child, more: Record<string, string> = {}, lang?: string) =>
    el('div', more, el('dt', {}, label), el('dd', { lang }, value));
  const issuers = new Set(
    opened.chosen.map(({ candidate }) =>
      candidate.held.copy.issuer === config.issuer && config.universityName !== ''
        ? config.universityName
        : new URL(candidate.held.copy.issuer).host,
    ),
  );
  const count = disclosed.length;
  const title = count === 0 ? t('tell-nothing') : count === 1 ? t('tell-one') : t('tell-count', { count });
  return el(
    'section',
    { class: 'panel tell tell-yes', 'data-testid': 'told' },
    el('h2', {}, icon('eye', 'i-s'), title),
    el(
      'dl',
      { class: 'facts' },
      disclosed.map((claim) => {
        const value = claimValue(claim, language);
        const foreign = language === 'en' && /[\u3400-\u9fff]/.test(value) ? 'zh-CN' : undefined;
        return row(
          claimLabel(String(claim.path[0]), language),
          value,
          { 'data-claim': String(claim.path[0]) },
          foreign,
        );
      }),
      [...issuers].map((issuer) => row(t('always-card'), tidy(t('always-value', { issuer })))),
    ),
  );
}

function untold(opened: OpenedRequest, { language }: WalletContext): HTMLElement {
  const t = translator(consentTexts, language);
  const sent = sentNames(opened);
  return el(
    'section',
    { class: 'panel tell tell-no', 'data-testid': 'untold' },
    el('h2', {}, icon('hide', 'i-s'), t('tell-not')),
    el(
      'p',
      {},
      t('tell-not-list', { list: labelsExcept(sent, language).join(t('list')) }),
      namesTheHolder(sent) ? '' : [language === 'zh' ? '' : ' ', t('tell-not-else')],
    ),
  );
}
