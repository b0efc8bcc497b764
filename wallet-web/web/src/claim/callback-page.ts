import type { ShowPage } from '../app/page.js';
import { NoAnswer } from '../issuer/refusal.js';
import { claimTexts } from '../texts/claim.js';
import { translator } from '../texts/translate.js';
import { el } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { AuthorizationProblem } from './authorization-answer.js';
import { keepAuthorizationAnswer, redeemAuthorization } from './authorize.js';
import { problemBox } from './draw-problem.js';

/** Back from the sign-in. The answer is checked and kept, then redeemed; a reload at any point goes on from there. */
export const showCallbackPage: ShowPage = async (root, wallet) => {
  const t = translator(claimTexts, wallet.language);
  const body = el('div', { class: 'stack' });
  drawFrame(root, wallet, { path: '/claim', title: t('title'), mainClass: 'claim-main', main: body });
  let gone = false;

  async function goOn(): Promise<void> {
    body.replaceChildren(el('p', { role: 'status' }, t('signed-in')));
    try {
      const answer = new URL(location.href).searchParams;
      if ([...answer].length > 0) {
        await keepAuthorizationAnswer(wallet, answer);
        // The code leaves the address, so that neither history nor a shared screen keeps it.
        history.replaceState(null, '', '/issue/callback');
      }
      await redeemAuthorization(wallet);
      if (gone) return;
      history.replaceState(null, '', '/claim');
      wallet.redraw();
    } catch (error) {
      await forgetIfOver(error);
      if (!gone) showProblem(error);
    }
  }

  /** An answer that is not ours ends nothing: somebody else may have made the browser open it. */
  async function forgetIfOver(error: unknown): Promise<void> {
    const foreign = ['authorization-state-wrong', 'authorization-issuer-wrong', 'authorization-malformed'];
    if (error instanceof NoAnswer || error instanceof DOMException) return;
    if (error instanceof AuthorizationProblem && foreign.includes(error.code)) return;
    await wallet.db.write((transaction) => transaction.objectStore('kept').delete('authorization')).catch(() => {});
  }

  function showProblem(error: unknown): void {
    const again = error instanceof NoAnswer || error instanceof DOMException;
    body.replaceChildren(
      problemBox(error, t),
      again
        ? el(
            'button',
            {
              class: 'btn btn-primary btn-l btn-block',
              'data-testid': 'retry',
              type: 'button',
              onclick: () => void goOn(),
            },
            t('retry'),
          )
        : '',
      el('a', { class: 'btn btn-l btn-block', href: '/claim', 'data-nav': true }, t('start-again')),
    );
  }

  void goOn();
  return () => {
    gone = true;
  };
};
