import type { WalletContext } from '../app/page.js';
import { encrypt } from '../consent/answer-request.js';
import type { Chosen } from '../consent/choices.js';
import { ConsentProblem } from '../consent/consent-problem.js';
import { markUsed } from '../consent/mark-used.js';
import { signPresentations } from '../consent/sign-presentations.js';
import type { DcRequest } from './open-dc-request.js';

/** What the calling page gets as its DigitalCredential (OpenID4VP 1.0 Appendix A.3). */
export interface DcAnswer {
  readonly protocol: string;
  readonly data: { readonly vp_token: Record<string, string[]> } | { readonly response: string };
}

/** Signs and encrypts what was agreed to; every copy is stored as used before this answers. @throws ConsentProblem */
export async function answerDcRequest(
  wallet: WalletContext,
  opened: DcRequest,
  chosen: readonly Chosen[],
): Promise<DcAnswer> {
  const nowSeconds = wallet.clock.nowSeconds();
  if (opened.expiresAtSeconds !== undefined && opened.expiresAtSeconds <= nowSeconds)
    throw new ConsentProblem('request-gone', 'request-expired');
  let answer: DcAnswer;
  try {
    const answers = await signPresentations(chosen, opened.binding, nowSeconds);
    answer = await answerOf(opened, Object.fromEntries(answers));
  } catch (cause) {
    throw Object.assign(new ConsentProblem('sign'), { cause });
  }
  await markUsed(wallet, opened, chosen);
  return answer;
}

async function answerOf(
  { protocol, encryptionKey }: DcRequest,
  presentations: Record<string, string[]>,
): Promise<DcAnswer> {
  const data = { vp_token: presentations };
  if (encryptionKey === undefined) return { protocol, data };
  return { protocol, data: { response: await encrypt(JSON.stringify(data), encryptionKey) } };
}
