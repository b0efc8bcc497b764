import {
  type AuthorizationRequestLink,
  looksLikeRequestLink,
  parseAuthorizationRequestLink,
  RequestLinkError,
} from '@lanyard/protocol';
import type { ShowPage, WalletContext } from '../app/page.js';
import { showOfferInput } from '../claim/offer-input.js';
import { isClosed, standingOf } from '../present/standing.js';
import { keepRecord } from '../storage/keep-record.js';
import { type ConsentT, consentTexts } from '../texts/consent.js';
import { translator } from '../texts/translate.js';
import { el } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { holdBanner } from '../ui/state-line.js';
import { answerRequest, declineRequest } from './answer-request.js';
import { ConsentProblem } from './consent-problem.js';
import { drawConsent } from './draw-consent.js';
import { drawAnswered, drawDeclined, drawProblem, problemOfUnknown } from './draw-outcome.js';
import { type LinkedRequest, openRequest } from './open-request.js';

/** Somebody asks for the student ID: by a link on this device, or by a code scanned from another screen. */
export const showConsentPage: ShowPage = async (root, wallet) => {
  const t = translator(consentTexts, wallet.language);
  const { face, state } = await wallet.db.read('face', 'state');
  const standing = standingOf(face, state, wallet.clock.nowMs());
  const others = await wallet.db.cards();
  const page = (title: string, main: Parameters<typeof drawFrame>[2]['main']) =>
    drawFrame(root, wallet, { path: '/present', title, mainClass: 'stack consent-main', main });
  if (standing.kind === 'none' && others.length === 0) {
    page(t('title'), [noCard(t), ...handOver(t, location.search)]);
    return () => {};
  }
  if (isClosed(standing, state)) {
    page(t('title'), [holdBanner(standing, wallet.language), el('p', {}, t('hold-how'))]);
    return () => {};
  }
  const address = new URL(location.href);
  if (address.search === '') return showScanner(page, wallet, t);

  let gone = false;
  let link: AuthorizationRequestLink;
  try {
    link = parseAuthorizationRequestLink(address.href, `${address.origin}/present`);
  } catch (error) {
    if (!(error instanceof RequestLinkError)) throw error;
    page(t('title'), drawProblem(error, { t, host: '', retry: undefined }));
    return () => {};
  }
  const { host } = new URL(link.requestUri);
  const fail = (error: unknown, retry?: () => void) =>
    page(t('title'), drawProblem(problemOfUnknown(error), { t, host, retry }));

  /** The card may have been suspended while the question stood here. */
  async function isClosedNow(): Promise<boolean> {
    const now = await wallet.db.read('face', 'state');
    return isClosed(standingOf(now.face, now.state, wallet.clock.nowMs()), now.state);
  }

  async function open(): Promise<void> {
    page(t('title'), el('p', { role: 'status' }, t('opening')));
    try {
      const opened = await openRequest(wallet, link);
      if (!gone) ask(opened);
    } catch (error) {
      if (!gone && (await isClosedNow())) return wallet.redraw();
      await noteBlocked(wallet, problemOfUnknown(error), host).catch(() => {});
      if (!gone) fail(error, () => void open());
    }
  }

  function ask(opened: LinkedRequest): void {
    let busy = false;
    const once = (work: () => Promise<void>) => {
      if (busy) return;
      busy = true;
      work().catch((error: unknown) => {
        if (gone) return;
        // Used meanwhile in another tab: the same question with another copy, and its values.
        if (error instanceof ConsentProblem && error.code === 'copy-used') void open();
        else fail(error, () => void open());
      });
    };
    drawConsent(root, wallet, opened, {
      fail: (error) => fail(error, () => void open()),
      refuse: () =>
        once(async () => {
          const { told, redirect } = await declineRequest(wallet, opened);
          if (gone) return;
          leave();
          page(t('title-idle'), drawDeclined(t, { told, redirect }));
        }),
      agree: (event, chosen) =>
        once(async () => {
          const button = event.currentTarget as HTMLElement;
          button.setAttribute('aria-disabled', 'true');
          button.replaceChildren(t('sending'));
          if (await isClosedNow()) return wallet.redraw();
          const { redirect } = await answerRequest(wallet, opened, chosen);
          wallet.contact();
          if (gone) return;
          leave();
          page(t('title-idle'), drawAnswered(t, { name: opened.asker.name, redirect }));
          if (redirect !== undefined) location.assign(redirect);
        }),
    });
  }

  /** A request is answered once: opening this address again must not look as if it could be. */
  const leave = () => history.replaceState(null, '', '/present');

  void open();
  return () => {
    gone = true;
  };
};

/** Requests this wallet itself turned down belong into the history too. */
async function noteBlocked(
  wallet: WalletContext,
  problem: ConsentProblem | RequestLinkError,
  host: string,
): Promise<void> {
  const kinds = ['forged', 'certificate-expired', 'not-supported', 'transaction', 'origin', 'no-match'];
  if (!(problem instanceof ConsentProblem) || !kinds.includes(problem.kind)) return;
  const record = { kind: 'blocked', atMs: wallet.clock.nowMs(), to: { name: host, host }, known: false } as const;
  await wallet.db.write((transaction) => keepRecord(transaction, { ...record, reason: problem.code.slice(0, 64) }));
}

/**
 * A link opens in the browser even where the ID lives in the wallet on the home screen, whose storage is its own (iOS):
 * the request goes there as a line to paste.
 */
function handOver(t: ConsentT, search: string): HTMLElement[] {
  if (search === '') return [];
  const line = `openid4vp://${search}`;
  const copied = el('p', { role: 'status', 'data-testid': 'copied' });
  const copy = el(
    'button',
    { class: 'btn btn-l btn-block', type: 'button', 'data-testid': 'hand-over' },
    t('hand-copy'),
  );
  copy.addEventListener('click', () => {
    navigator.clipboard.writeText(line).then(
      () => copied.replaceChildren(t('hand-copied')),
      () => copied.replaceChildren(t('hand-failed')),
    );
  });
  const words = [el('h2', {}, t('hand-title')), el('p', { class: 'muted' }, t('hand-how'))];
  return [el('section', { class: 'panel panel-pad stack' }, ...words, copy, copied)];
}

export function noCard(t: ConsentT): HTMLElement {
  return el(
    'section',
    { class: 'panel panel-pad stack', 'data-testid': 'no-card' },
    el('h2', {}, t('none-title')),
    el('p', { class: 'muted' }, t('none-how')),
    el('a', { class: 'btn btn-primary btn-l btn-block', href: '/claim', 'data-nav': true }, t('none-go')),
  );
}

/** Without a request: the scanner, for a code on another screen. */
function showScanner(
  page: (title: string, main: HTMLElement[]) => void,
  wallet: WalletContext,
  t: ConsentT,
): () => void {
  const problem = el('div', {});
  const input = showOfferInput(t, (text) => {
    const url = looksLikeRequestLink(text, `${location.origin}/present`) ? new URL(text.trim()) : undefined;
    if (url !== undefined && url.search !== '') wallet.go(`/present${url.search}`);
    else
      problem.replaceChildren(
        drawProblem(new RequestLinkError('link-unreadable', 'scanned'), { t, host: '', retry: undefined }),
      );
  });
  page(t('title-idle'), [problem, input.element]);
  return input.stop;
}
