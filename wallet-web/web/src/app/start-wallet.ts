import { showPresentPage } from '../present/present-page.js';
import { type Kept, openWalletDb, type WalletDb } from '../storage/wallet-db.js';
import { frameTexts } from '../texts/frame.js';
import { presentTexts } from '../texts/present.js';
import { translator } from '../texts/translate.js';
import { createClock } from '../time/corrected-clock.js';
import { el, icon } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { readConfig } from './config.js';
import type { ShowPage, WalletContext } from './page.js';
import { chooseLanguage, chooseTheme, readLanguage, readTheme } from './preferences.js';

// The present page comes with the first file; the others are fetched when they are opened.
const PAGES: Record<string, () => Promise<ShowPage>> = {
  '/': async () => showPresentPage,
  '/card': async () => (await import('../card/card-page.js')).showCardPage,
  '/answer': async () => (await import('../answer/answer-page.js')).showAnswerPage,
  '/records': async () => (await import('../records/records-page.js')).showRecordsPage,
  '/verified': async () => (await import('../verified/verified-page.js')).showVerifiedPage,
  '/me': async () => (await import('../me/me-page.js')).showMePage,
  '/present': async () => (await import('../consent/consent-page.js')).showConsentPage,
  '/dc': async () => (await import('../dc/dc-page.js')).showDcPage,
  '/issue/callback': async () => (await import('../claim/callback-page.js')).showCallbackPage,
  '/claim': async () => (await import('../claim/claim-page.js')).showClaimPage,
};

/** Opens storage, draws the page of the address, and then, with the code on the screen, does everything else. */
export async function startWallet(root: HTMLElement): Promise<void> {
  chooseTheme(readTheme());
  chooseLanguage(readLanguage());
  const config = readConfig(document);
  let db: WalletDb;
  try {
    db = await openWalletDb();
  } catch {
    const text = translator(presentTexts, readLanguage())('problem-storage-failed');
    root.replaceChildren(
      el('main', { class: 'problem-page', role: 'alert', 'data-testid': 'problem' }, el('p', {}, text)),
    );
    return;
  }
  const first = await db.read('clock', 'gate', 'face', 'state', 'line');
  const clock = createClock(Date.now, first.clock);
  // The first page needs no second reading; later ones see what is kept by then.
  let unread: Kept | undefined = first;
  let stop = () => {};
  let drawing = 0;
  let contactNow = () => {};
  let reached = true;

  const wallet = (): WalletContext => ({
    config,
    db,
    clock,
    language: readLanguage(),
    offline: () => !navigator.onLine || !reached,
    go: (path) => {
      history.pushState(null, '', path);
      void draw();
    },
    redraw: () => void draw(),
    kept: async () => unread ?? (await db.read('gate', 'face', 'state', 'line')),
    contact: () => contactNow(),
  });

  async function draw(): Promise<void> {
    drawing += 1;
    const mine = drawing;
    stop();
    stop = () => {};
    const context = wallet();
    const open = PAGES[location.pathname] ?? PAGES['/'];
    try {
      const page = await (open as () => Promise<ShowPage>)();
      if (mine !== drawing) return;
      const stopPage = await page(root, context);
      if (mine === drawing) stop = stopPage;
      else stopPage();
    } catch (error) {
      if (mine !== drawing) return;
      const t = translator(frameTexts, context.language);
      drawFrame(root, context, {
        path: location.pathname,
        title: t('app-name'),
        main: el(
          'p',
          { class: 'banner banner-warn', role: 'alert', 'data-testid': 'problem' },
          icon('warn'),
          t('page-missing'),
        ),
      });
      console.error(error);
    }
  }

  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-nav]') : null;
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, '', link.href);
    void draw().then(() => root.querySelector<HTMLElement>('h1')?.focus());
  });
  addEventListener('popstate', () => void draw());

  await draw();
  unread = undefined;
  const { startBackground } = await import('./background.js');
  contactNow = startBackground({
    db,
    clock,
    issuer: config.issuer,
    changed: () => {
      // A claim or a consent under way is not torn down by news about the card.
      if (!['/answer', '/claim', '/issue/callback', '/present', '/dc'].includes(location.pathname)) void draw();
    },
    setReached: (now) => {
      if (now === reached) return;
      reached = now;
      // The pill alone changes: a redraw would take a shown code away.
      for (const pill of root.querySelectorAll<HTMLElement>('[data-testid="offline"]')) pill.hidden = now;
    },
  });
}
