import { looksLikeRequestLink } from '@lanyard/protocol';
import type { ShowPage, WalletContext } from '../app/page.js';
import { CredentialProblem } from '../issuer/check-credential.js';
import { STUDENT_ID, STUDENT_PASS } from '../issuer/obtain.js';
import { NoAnswer, ServiceRefusal } from '../issuer/refusal.js';
import { claimTexts } from '../texts/claim.js';
import { translator } from '../texts/translate.js';
import { el, icon } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { exchangeClaimCode, looksLikeClaimCode } from './claim-code.js';
import {
  type ClaimStep,
  completeClaim,
  type OpenClaim,
  openClaim,
  resumeClaim,
  WrongTxCode,
} from './claim-credentials.js';
import { showOfferInput } from './offer-input.js';
import { OfferProblem, type OfferReference, readOfferText } from './parse-offer.js';

type T = ReturnType<typeof translator<typeof claimTexts>>;
type Key = keyof typeof claimTexts;

/** From a link, a scan or pasted text to a card on this phone. */
export const showClaimPage: ShowPage = async (root, wallet) => {
  const t = translator(claimTexts, wallet.language);
  const stops: (() => void)[] = [];
  const body = el('div', { class: 'stack' });
  drawFrame(root, wallet, { path: '/claim', title: t('title'), mainClass: 'claim-main', main: body });

  const ask = (failed?: unknown) => {
    const input = showOfferInput(t, (text) => {
      // A code of somebody who asks for the card, held before the wrong scanner.
      if (looksLikeRequestLink(text, `${location.origin}/present`)) wallet.go(`/present${new URL(text.trim()).search}`);
      else if (looksLikeClaimCode(text)) void start(() => openByCode(wallet, text));
      else void start(() => openClaim(wallet, readOfferText(text)));
    });
    stops.push(input.stop);
    body.replaceChildren(...(failed === undefined ? [] : [problemBox(failed, t)]), input.element);
  };

  async function start(open: () => Promise<OpenClaim | undefined>): Promise<void> {
    body.replaceChildren(el('p', { role: 'status' }, t('opening')));
    try {
      const claim = await open();
      if (claim === undefined) ask();
      else showOffer(wallet, body, claim, t, ask);
    } catch (error) {
      ask(error);
    }
  }

  const reference = referenceOf(location.href);
  // The code leaves the address, so that neither history nor a shared screen keeps it; the claim is kept in storage.
  if (reference !== undefined) history.replaceState(null, '', '/claim');
  // From the letter's QR code: the code is in the fragment, which no server sees.
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code !== null) history.replaceState(null, '', '/claim');
  void start(() => {
    if (code !== null) return openByCode(wallet, code);
    return reference === undefined ? resumeClaim(wallet) : Promise.resolve().then(() => openClaim(wallet, reference()));
  });
  return () => {
    for (const stop of stops) stop();
  };
};

const openByCode = async (wallet: WalletContext, code: string): Promise<OpenClaim> =>
  openClaim(wallet, readOfferText(await exchangeClaimCode(wallet, code)));

function referenceOf(address: string): (() => OfferReference) | undefined {
  const { searchParams } = new URL(address);
  const given = searchParams.has('credential_offer') || searchParams.has('credential_offer_uri');
  return given ? () => readOfferText(address) : undefined;
}

/** Who offers what, the code, and the way on. */
function showOffer(
  wallet: WalletContext,
  body: HTMLElement,
  claim: OpenClaim,
  t: T,
  ask: (failed?: unknown) => void,
): void {
  const { pending, endpoints } = claim;
  const own = endpoints.issuer === wallet.config.issuer;
  const length = pending.line === undefined ? pending.offer.txCodeLength : undefined;
  const has = (id: string) => pending.offer.configurationIds.includes(id);
  const contents = [
    ...(has(STUDENT_ID) ? [t('offered-student-id')] : []),
    ...(has(STUDENT_PASS) ? [t('offered-pass')] : []),
    ...(own ? [t('offered-gate-key')] : []),
  ];
  const input = el('input', {
    id: 'tx-code',
    class: 'input tx',
    'data-testid': 'tx-code',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    maxlength: String(length ?? 6),
    'aria-describedby': 'tx-code-help',
  });
  const field = el(
    'div',
    { class: 'field' },
    el('label', { class: 'label', for: 'tx-code' }, t('tx-code')),
    input,
    el('p', { class: 'help', id: 'tx-code-help' }, t('tx-code-help', { length: length ?? 6 })),
  );
  const problem = el('div', {});
  const progress = el('div', {});
  const button = el(
    'button',
    { class: 'btn btn-primary btn-l btn-block', type: 'submit', 'data-testid': 'claim' },
    t(pending.line === undefined ? 'claim' : 'claim-resume'),
  );
  const cancel = el(
    'button',
    { class: 'btn btn-l btn-block', type: 'button', 'data-testid': 'cancel-claim' },
    t('cancel'),
  );
  cancel.addEventListener('click', () => {
    void wallet.db.write((transaction) => transaction.objectStore('kept').delete('pending')).then(() => wallet.go('/'));
  });
  let busy = false;
  const form = el(
    'form',
    { class: 'stack', novalidate: true },
    ...(length === undefined ? [] : [field]),
    problem,
    progress,
    button,
    cancel,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!busy) void submit();
  });

  async function submit(): Promise<void> {
    const txCode = input.value.replace(/\s/g, '');
    problem.replaceChildren();
    if (length !== undefined && !new RegExp(`^[0-9]{${length}}$`).test(txCode)) {
      problem.replaceChildren(errorLine(t('tx-code-form', { length, found: txCode.length })));
      input.focus();
      return;
    }
    busy = true;
    button.setAttribute('aria-disabled', 'true');
    try {
      await navigator.storage?.persist?.().catch(() => false);
      await completeClaim(wallet, claim, length === undefined ? undefined : txCode, (step) =>
        showProgress(progress, step, own, t),
      );
      showDone(body, t);
      wallet.contact();
    } catch (error) {
      progress.replaceChildren();
      if (isOver(error)) {
        await wallet.db.write((transaction) => transaction.objectStore('kept').delete('pending')).catch(() => {});
        ask(error);
        return;
      }
      const resumed = await resumeClaim(wallet).catch(() => undefined);
      if (resumed?.pending.line !== undefined && pending.line === undefined) {
        // The code was taken: from here the claim goes on without it.
        showOffer(wallet, body, resumed, t, ask);
        body.querySelector('form')?.prepend(problemBox(error, t));
        return;
      }
      problem.replaceChildren(problemBox(error, t));
      input.focus();
      input.select();
    } finally {
      busy = false;
      button.removeAttribute('aria-disabled');
    }
  }

  body.replaceChildren(
    el(
      'section',
      { class: 'panel details' },
      el(
        'dl',
        { class: 'facts' },
        el(
          'div',
          {},
          el('dt', {}, t('offered-by')),
          el('dd', { 'data-testid': 'issuer-name' }, el('b', {}, endpoints.name)),
        ),
        el(
          'div',
          {},
          el('dt', {}, t('address')),
          el('dd', { class: 'code-text', 'data-testid': 'issuer-address' }, endpoints.issuer),
        ),
        el(
          'div',
          {},
          el('dt', {}, t('offered')),
          el(
            'dd',
            {},
            el(
              'ul',
              {},
              contents.map((text) => el('li', {}, text)),
            ),
          ),
        ),
      ),
    ),
    ...(own
      ? []
      : [el('p', { class: 'banner banner-bad' }, icon('warn'), t('foreign', { name: wallet.config.universityName }))]),
    form,
  );
  void wallet.db.read('face').then(({ face }) => {
    if (face !== undefined && own) form.before(el('p', { class: 'meta' }, t('replaces')));
  });
}

function showProgress(progress: HTMLElement, now: ClaimStep, own: boolean, t: T): void {
  const steps: ClaimStep[] = ['redeem', 'student-id', 'pass', ...(own ? (['gate-key'] as const) : []), 'store'];
  const at = steps.indexOf(now);
  progress.replaceChildren(
    el(
      'ol',
      { class: 'steps', role: 'status' },
      steps.map((step, index) =>
        el(
          'li',
          { 'data-at': index < at ? 'done' : index === at ? 'now' : 'next' },
          icon(index < at ? 'ok' : index === at ? 'wait' : 'clock', 'i-s'),
          t(`step-${step}`),
        ),
      ),
    ),
  );
}

function showDone(body: HTMLElement, t: T): void {
  const link = el(
    'a',
    { class: 'btn btn-primary btn-l btn-block', href: '/', 'data-nav': true, 'data-testid': 'claim-done' },
    t('done-go'),
  );
  body.replaceChildren(
    el('section', { class: 'banner banner-ok', role: 'status' }, icon('ok'), el('b', {}, t('done'))),
    link,
  );
  link.focus();
}

/** True when nothing is left to try with this offer. */
function isOver(error: unknown): boolean {
  return (
    error instanceof OfferProblem ||
    (error instanceof ServiceRefusal && ['offer-gone', 'invalid_grant'].includes(error.code))
  );
}

function errorLine(text: string, code?: string): HTMLElement {
  return el(
    'p',
    { class: 'error', role: 'alert', 'data-testid': 'problem', ...(code === undefined ? {} : { 'data-code': code }) },
    icon('bad'),
    el('span', {}, text),
  );
}

function problemBox(error: unknown, t: T): HTMLElement {
  const [code, text] = problemText(error, t);
  return errorLine(text, code);
}

function problemText(error: unknown, t: T): [code: string, text: string] {
  if (error instanceof WrongTxCode)
    return [
      'tx-code-wrong',
      error.left === 1 ? t('problem-tx-code-wrong-last') : t('problem-tx-code-wrong', { left: error.left }),
    ];
  if (error instanceof OfferProblem) return [error.code, t(`problem-${error.code}`)];
  if (error instanceof NoAnswer) return ['no-answer', t('problem-no-answer')];
  if (error instanceof DOMException) return ['storage', t('problem-storage')];
  if (error instanceof ServiceRefusal) {
    const code = error.code === 'invalid_grant' ? 'offer-gone' : error.code;
    const key = `problem-${code}`;
    return [code, t((Object.hasOwn(claimTexts, key) ? key : 'problem-refused') as Key)];
  }
  return [
    error instanceof CredentialProblem ? `credential-${error.message}` : 'credential-invalid',
    t('problem-credential-invalid'),
  ];
}
