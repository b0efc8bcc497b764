import { RequestLinkError } from '@lanyard/protocol';
import type { ShowPage } from '../app/page.js';
import { noCard } from '../consent/consent-page.js';
import { ConsentProblem } from '../consent/consent-problem.js';
import { drawConsent } from '../consent/draw-consent.js';
import { drawAnswered, drawDeclined, drawProblem, problemOfUnknown } from '../consent/draw-outcome.js';
import { recordOf } from '../consent/mark-used.js';
import { parseUrl } from '../issuer/refusal.js';
import { isClosed, standingOf } from '../present/standing.js';
import { keepRecord } from '../storage/keep-record.js';
import { consentTexts } from '../texts/consent.js';
import { translator } from '../texts/translate.js';
import { el } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { holdBanner } from '../ui/state-line.js';
import { answerDcRequest } from './answer-dc-request.js';
import { type DcCall, openDcRequest } from './open-dc-request.js';
import { DC_ANSWER, DC_READY, readDcCall } from './receive-dc-call.js';

/**
 * Stands in for the Digital Credentials API until browsers let web wallets register: a page opens this one, hands its
 * request over by message and gets the answer the same way. One call for each opening; the answer goes to the very
 * window and origin it came from.
 */
export const showDcPage: ShowPage = async (root, wallet) => {
  const t = translator(consentTexts, wallet.language);
  const page = (main: Parameters<typeof drawFrame>[2]['main']) =>
    drawFrame(root, wallet, { path: '/dc', title: t('title'), mainClass: 'stack consent-main', main });
  const { face, state } = await wallet.db.read('face', 'state');
  const standing = standingOf(face, state, wallet.clock.nowMs());
  const asker = window.opener as Window | null;
  if (standing.kind === 'none' && (await wallet.db.cards()).length === 0) {
    page(noCard(t));
    return () => {};
  }
  if (isClosed(standing, state)) {
    page([holdBanner(standing, wallet.language), el('p', {}, t('hold-how'))]);
    return () => {};
  }
  if (asker === null) {
    page(drawProblem(new RequestLinkError('link-unreadable', 'no opener'), { t, host: '', retry: undefined }));
    return () => {};
  }
  page(el('p', { role: 'status', 'data-testid': 'dc-waiting' }, t('dc-waiting')));
  let taken = false;
  const receive = (event: MessageEvent) => {
    if (taken || event.source !== asker) return;
    const call = readDcCall(event);
    if (call === undefined) return;
    taken = true;
    void answer(call);
  };
  addEventListener('message', receive);
  // Says nothing but that it is there; who may ask is decided by what comes back.
  asker.postMessage({ type: DC_READY }, '*');

  async function answer(call: DcCall): Promise<void> {
    const reply = (message: object) => asker?.postMessage({ type: DC_ANSWER, ...message }, call.origin);
    const host = parseUrl(call.origin)?.host ?? '';
    const fail = (error: unknown) => {
      const problem = problemOfUnknown(error);
      reply({ error: problem instanceof ConsentProblem ? problem.kind : 'forged' });
      page(drawProblem(problem, { t, host, retry: undefined }));
    };
    try {
      const opened = await openDcRequest(wallet, call);
      let busy = false;
      const once = (work: () => Promise<void>) => {
        if (busy) return;
        busy = true;
        work().catch(fail);
      };
      drawConsent(root, wallet, opened, {
        fail,
        refuse: () =>
          once(async () => {
            const record = { kind: 'declined', atMs: wallet.clock.nowMs(), ...recordOf(opened) } as const;
            await wallet.db.write((transaction) => keepRecord(transaction, record));
            reply({ error: 'declined' });
            page(drawDeclined(t, { told: true, redirect: undefined }));
          }),
        agree: (_event, chosen) =>
          once(async () => {
            const credential = await answerDcRequest(wallet, opened, chosen);
            reply({ credential });
            wallet.contact();
            page(drawAnswered(t, { name: opened.asker.name, redirect: undefined }));
          }),
      });
    } catch (error) {
      fail(error);
    }
  }

  return () => removeEventListener('message', receive);
};
