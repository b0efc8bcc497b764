import { RequestLinkError } from '@lanyard/protocol';
import type { ConsentT, consentTexts } from '../texts/consent.js';
import { el, icon } from '../ui/element.js';
import { tidy } from './claim-words.js';
import { ConsentProblem } from './consent-problem.js';

/** Sent: back to the asker, or a word that the other screen goes on. */
export function drawAnswered(t: ConsentT, answered: { name: string; redirect: string | undefined }): HTMLElement[] {
  const { name, redirect } = answered;
  const next = redirect === undefined ? t('done-next') : t('done-returning', { host: new URL(redirect).host });
  return [
    el(
      'section',
      { class: 'banner banner-ok', role: 'status', 'data-testid': 'answered' },
      icon('ok'),
      el('div', {}, el('b', {}, tidy(t('done-title', { name }))), el('p', {}, next)),
    ),
    redirect === undefined ? toRecords(t) : onwards(t, redirect),
  ];
}

export function drawDeclined(
  t: ConsentT,
  { told, redirect }: { told: boolean; redirect: string | undefined },
): HTMLElement[] {
  return [
    el(
      'section',
      { class: 'banner', role: 'status', 'data-testid': 'declined' },
      icon('x'),
      el('div', {}, el('b', {}, t('refused-title')), el('p', {}, t(told ? 'refused-next' : 'refused-untold'))),
    ),
    redirect === undefined ? toRecords(t) : onwards(t, redirect),
  ];
}

/** Why there is nothing to agree to; never with a way to agree all the same. */
export function drawProblem(
  error: ConsentProblem | RequestLinkError,
  { t, host, retry }: { t: ConsentT; host: string; retry: (() => void) | undefined },
): HTMLElement {
  const doubtful = error instanceof ConsentProblem && ['forged', 'certificate-expired', 'origin'].includes(error.kind);
  const again = error instanceof ConsentProblem && AGAIN.includes(error.kind) && retry !== undefined;
  return el(
    'div',
    { class: 'stack' },
    el(
      'section',
      {
        class: `banner ${doubtful ? 'banner-bad' : 'banner-warn'}`,
        role: 'alert',
        'data-testid': 'problem',
        'data-code': error.code,
      },
      icon(doubtful ? 'bad' : 'warn'),
      el(
        'div',
        { class: 'stack' },
        doubtful ? el('b', {}, t('asks-unknown')) : undefined,
        el('p', {}, t(textOf(error), { host })),
        el('p', { class: 'meta' }, t('problem-code', { code: error.code })),
      ),
    ),
    again
      ? el(
          'button',
          { class: 'btn btn-l btn-block', type: 'button', 'data-testid': 'retry', onclick: retry },
          t('retry'),
        )
      : undefined,
    el('a', { class: 'btn btn-l btn-block', href: '/', 'data-nav': true }, t('to-code')),
  );
}

/** Nothing was sent with these, so asking again costs nothing. */
const AGAIN = ['offline', 'no-answer', 'no-copies', 'storage', 'sign'];

function textOf(error: ConsentProblem | RequestLinkError): keyof typeof consentTexts {
  if (error instanceof ConsentProblem) return `problem-${error.kind}`;
  return error.code === 'link-address-unsafe' ? 'problem-link-address-unsafe' : 'problem-link';
}

/** What was not foreseen is no reason to trust: nothing was sent unless the problem says so. */
export function problemOfUnknown(error: unknown): ConsentProblem | RequestLinkError {
  if (error instanceof ConsentProblem || error instanceof RequestLinkError) return error;
  if (error instanceof DOMException) return new ConsentProblem('storage');
  console.error(error);
  return new ConsentProblem('forged', 'request-unreadable');
}

const toRecords = (t: ConsentT) =>
  el(
    'a',
    { class: 'btn btn-l btn-block', href: '/records', 'data-nav': true, 'data-testid': 'to-records' },
    t('to-records'),
  );

/** Beside the navigation that starts by itself, for browsers that hold it back. */
const onwards = (t: ConsentT, address: string) =>
  el(
    'a',
    { class: 'btn btn-primary btn-l btn-block', href: address, 'data-testid': 'go-back' },
    t('done-return', { host: new URL(address).host }),
  );
