import { CredentialProblem } from '../issuer/check-credential.js';
import { NoAnswer, ServiceRefusal } from '../issuer/refusal.js';
import { type ClaimKey, type ClaimT, claimTexts } from '../texts/claim.js';
import { el, icon } from '../ui/element.js';
import { AuthorizationProblem } from './authorization-answer.js';
import { OfferProblem } from './parse-offer.js';
import { WrongTxCode } from './redeem-offer.js';

/** True when nothing is left to try with this offer. */
export function isOver(error: unknown): boolean {
  return (
    error instanceof OfferProblem ||
    (error instanceof ServiceRefusal && ['offer-gone', 'invalid_grant'].includes(error.code))
  );
}

export function errorLine(text: string, code?: string): HTMLElement {
  return el(
    'p',
    { class: 'error', role: 'alert', 'data-testid': 'problem', ...(code === undefined ? {} : { 'data-code': code }) },
    icon('bad'),
    el('span', {}, text),
  );
}

export function problemBox(error: unknown, t: ClaimT): HTMLElement {
  const [code, text] = problemText(error, t);
  return errorLine(text, code);
}

function problemText(error: unknown, t: ClaimT): [code: string, text: string] {
  if (error instanceof WrongTxCode)
    return [
      'tx-code-wrong',
      error.left === 1 ? t('problem-tx-code-wrong-last') : t('problem-tx-code-wrong', { left: error.left }),
    ];
  if (error instanceof OfferProblem) return [error.code, t(`problem-${error.code}`)];
  if (error instanceof AuthorizationProblem) return [error.detail, t(`problem-${error.code}`, { code: error.detail })];
  if (error instanceof NoAnswer) return ['no-answer', t('problem-no-answer')];
  if (error instanceof DOMException) return ['storage', t('problem-storage')];
  if (error instanceof ServiceRefusal) {
    const code = error.code === 'invalid_grant' ? 'offer-gone' : error.code;
    const key = `problem-${code}`;
    return [code, t((Object.hasOwn(claimTexts, key) ? key : 'problem-refused') as ClaimKey)];
  }
  return [
    error instanceof CredentialProblem ? `credential-${error.message}` : 'credential-invalid',
    t('problem-credential-invalid'),
  ];
}
