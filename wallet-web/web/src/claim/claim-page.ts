import { looksLikeRequestLink } from '@lanyard/protocol';
import type { ShowPage, WalletContext } from '../app/page.js';
import { readIssuer } from '../issuer/find-endpoints.js';
import { type ClaimT, claimTexts } from '../texts/claim.js';
import { translator } from '../texts/translate.js';
import { el, icon } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { beginAuthorization, ownOffer } from './authorize.js';
import { exchangeClaimCode, looksLikeClaimCode } from './claim-code.js';
import { showOffer } from './draw-offer.js';
import { problemBox } from './draw-problem.js';
import { showOfferInput } from './offer-input.js';
import { type OpenClaim, openClaim, resumeClaim } from './open-claim.js';
import { type OfferReference, readOfferText } from './parse-offer.js';

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
    const problem = el('div', {}, failed === undefined ? undefined : problemBox(failed, t));
    body.replaceChildren(
      problem,
      ...(wallet.config.idp === '' ? [] : [signInPanel(t, () => void signIn(problem))]),
      input.element,
    );
  };

  /** Without an offer: the student comes by name. */
  async function signIn(problem: HTMLElement): Promise<void> {
    problem.replaceChildren(el('p', { role: 'status' }, t('opening')));
    try {
      const { metadata } = await readIssuer(wallet.config.issuer);
      location.assign(await beginAuthorization(wallet, ownOffer(metadata), metadata));
    } catch (error) {
      problem.replaceChildren(problemBox(error, t));
    }
  }

  async function start(open: () => Promise<OpenClaim | undefined>): Promise<void> {
    body.replaceChildren(el('p', { role: 'status' }, t('opening')));
    try {
      const claim = await open();
      if (claim === undefined) ask();
      else showOffer(wallet, body, claim, t, ask, true);
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

function signInPanel(t: ClaimT, onSignIn: () => void): HTMLElement {
  return el(
    'section',
    { class: 'panel panel-pad stack' },
    el('h2', {}, t('sign-in-title')),
    el('p', { class: 'muted' }, t('sign-in-how')),
    el(
      'button',
      { class: 'btn btn-l btn-block', type: 'button', 'data-testid': 'sign-in', onclick: onSignIn },
      icon('key', 'i-s'),
      t('sign-in'),
    ),
  );
}

const openByCode = async (wallet: WalletContext, code: string): Promise<OpenClaim> =>
  openClaim(wallet, readOfferText(await exchangeClaimCode(wallet, code)));

function referenceOf(address: string): (() => OfferReference) | undefined {
  const { searchParams } = new URL(address);
  const given = searchParams.has('credential_offer') || searchParams.has('credential_offer_uri');
  return given ? () => readOfferText(address) : undefined;
}
