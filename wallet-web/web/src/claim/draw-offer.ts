import type { WalletContext } from '../app/page.js';
import { cardName, tidy } from '../consent/claim-words.js';
import { IssuanceDeferred } from '../issuer/deferred.js';
import { STUDENT_ID, STUDENT_ID_MDOC, STUDENT_PASS } from '../issuer/obtain.js';
import type { ClaimT } from '../texts/claim.js';
import { el, icon } from '../ui/element.js';
import { beginAuthorization } from './authorize.js';
import { type ClaimStep, claimKind, completeClaim, isAlumniOffer } from './claim-credentials.js';
import { understoodOf } from './claim-others.js';
import { errorLine, isOver, problemBox } from './draw-problem.js';
import { type OpenClaim, resumeClaim } from './open-claim.js';

/**
 * Who offers what, the code or the sign-in, and the way on. With both ways the code comes first: it was made for this
 * person. Answers how to go on by itself, where an issuer needs time.
 */
export function showOffer(
  wallet: WalletContext,
  body: HTMLElement,
  claim: OpenClaim,
  t: ClaimT,
  ask: (failed?: unknown) => void,
  goOn = false,
): { goOnAfter: (seconds: number) => void } {
  const { pending, endpoints } = claim;
  const own = claimKind(wallet, claim) === 'own';
  // A single card that is no student ID: fewer steps, and nothing to show at gates.
  const whole = own && !isAlumniOffer(claim);
  const title = document.querySelector('h1');
  if (!own && title !== null) title.textContent = t('title-other');
  const redeemed = pending.line !== undefined;
  const bySignIn = !redeemed && pending.offer.code === undefined;
  const length = redeemed ? undefined : pending.offer.txCodeLength;
  const contents = own ? ownContents(claim, t) : otherContents(claim, wallet, t);
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
    t(redeemed ? 'claim-resume' : bySignIn ? 'claim-sign-in' : 'claim'),
  );
  const cancel = el(
    'button',
    { class: 'btn btn-l btn-block', type: 'button', 'data-testid': 'cancel-claim' },
    t('cancel'),
  );
  cancel.addEventListener('click', () => {
    void forgetClaim(wallet).then(() => wallet.go('/'));
  });
  let busy = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const form = el(
    'form',
    { class: 'stack', novalidate: true },
    ...(length === undefined ? [] : [field]),
    problem,
    progress,
    button,
    !redeemed && !bySignIn && pending.offer.authorization !== undefined
      ? el(
          'button',
          { class: 'btn btn-l btn-block', type: 'button', 'data-testid': 'sign-in', onclick: () => void leave() },
          icon('key', 'i-s'),
          t('sign-in-instead'),
        )
      : undefined,
    cancel,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!busy) void (bySignIn ? leave() : submit());
  });

  /** To the sign-in of the authorization server; the way back is `/issue/callback`. */
  async function leave(): Promise<void> {
    busy = true;
    button.setAttribute('aria-disabled', 'true');
    try {
      location.assign(await beginAuthorization(wallet, pending.offer, claim.metadata));
    } catch (error) {
      problem.replaceChildren(problemBox(error, t));
    } finally {
      busy = false;
      button.removeAttribute('aria-disabled');
    }
  }

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
        showProgress(progress, step, whole, t),
      );
      showDone(body, whole, t);
      wallet.contact();
    } catch (error) {
      progress.replaceChildren();
      if (isOver(error)) {
        await forgetClaim(wallet).catch(() => {});
        ask(error);
        return;
      }
      const resumed = await resumeClaim(wallet).catch(() => undefined);
      if (resumed?.pending.line !== undefined && pending.line === undefined) {
        // The code was taken: from here the claim goes on without it.
        const next = showOffer(wallet, body, resumed, t, ask);
        body.querySelector('form')?.prepend(problemBox(error, t));
        if (error instanceof IssuanceDeferred) next.goOnAfter(error.seconds);
        return;
      }
      problem.replaceChildren(problemBox(error, t));
      if (error instanceof IssuanceDeferred) goOnAfter(error.seconds);
      input.focus();
      input.select();
    } finally {
      busy = false;
      button.removeAttribute('aria-disabled');
    }
  }

  /** As long as the page stands there; the claim is kept for another day. */
  function goOnAfter(seconds: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (form.isConnected && !busy) form.requestSubmit();
    }, seconds * 1000);
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
      : [
          el(
            'p',
            { class: 'banner banner-bad', 'data-testid': 'unknown-issuer' },
            icon('warn'),
            tidy(t('foreign', { name: wallet.config.universityName, host: new URL(endpoints.issuer).host })),
          ),
        ]),
    bySignIn ? el('p', { class: 'meta', 'data-testid': 'sign-in-how' }, t('sign-in-where')) : '',
    form,
  );
  void wallet.db.read('face').then(({ face }) => {
    if (face !== undefined && own) form.before(el('p', { class: 'meta' }, t('replaces')));
  });
  // Back from the sign-in, which was the agreement: nothing is left to ask.
  if (redeemed && pending.offer.code === undefined && goOn) void submit();
  return { goOnAfter };
}

export const forgetClaim = ({ db }: WalletContext): Promise<void> =>
  db.write(async (transaction) => {
    const kept = transaction.objectStore('kept');
    for (const name of ['pending', 'deferred', 'authorization']) await kept.delete(name);
  });

function ownContents({ pending }: OpenClaim, t: ClaimT): string[] {
  if (isAlumniOffer({ pending })) return [t('offered-alumni')];
  const has = (id: string) => pending.offer.configurationIds.includes(id);
  return [
    ...(has(STUDENT_ID) || has(STUDENT_ID_MDOC) ? [t('offered-student-id')] : []),
    ...(has(STUDENT_ID_MDOC) ? [t('offered-mdoc')] : []),
    ...(has(STUDENT_PASS) ? [t('offered-pass')] : []),
    t('offered-gate-key'),
  ];
}

/** Names are the issuer's own; what this wallet cannot hold is said, not left out. */
function otherContents(claim: OpenClaim, { language }: WalletContext, t: ClaimT): string[] {
  const understood = understoodOf(claim);
  const left = claim.pending.offer.configurationIds.length - understood.length;
  return [
    ...understood.map((one) => cardName(one, language)),
    ...(left > 0 ? [t('offered-not-supported', { count: left })] : []),
  ];
}

function showProgress(progress: HTMLElement, now: ClaimStep, own: boolean, t: ClaimT): void {
  const steps: ClaimStep[] = own
    ? ['redeem', 'student-id', 'pass', 'gate-key', 'store']
    : ['redeem', 'student-id', 'store'];
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
          t(step === 'student-id' && !own ? 'step-other' : `step-${step}`),
        ),
      ),
    ),
  );
}

function showDone(body: HTMLElement, own: boolean, t: ClaimT): void {
  const link = el(
    'a',
    {
      class: 'btn btn-primary btn-l btn-block',
      href: own ? '/' : '/card',
      'data-nav': true,
      'data-testid': 'claim-done',
    },
    t(own ? 'done-go' : 'done-other-go'),
  );
  body.replaceChildren(
    el(
      'section',
      { class: 'banner banner-ok', role: 'status' },
      icon('ok'),
      el('b', {}, t(own ? 'done' : 'done-other')),
    ),
    link,
  );
  link.focus();
}
