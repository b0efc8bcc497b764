import type { WalletContext } from '../app/page.js';
import { ask, readJson } from '../issuer/refusal.js';

/** Sixteen signs, as printed on the letter or typed without its hyphens. */
export const looksLikeClaimCode = (text: string): boolean => /^[0-9A-Za-z]{16}$/.test(text.replace(/[\s-]/g, ''));

/**
 * Turns a claim code into a fresh offer at the identity layer. The code is bound to this wallet by a secret kept here,
 * so that it may come again when the five minutes of an offer have passed.
 * @throws ServiceRefusal, NoAnswer
 */
export async function exchangeClaimCode(wallet: WalletContext, code: string): Promise<string> {
  const { claimSecret = newSecret() } = await wallet.db.read('claimSecret');
  await wallet.db.keep('claimSecret', claimSecret);
  const answer = await ask(`${wallet.config.idp}/v1/wallet-claims`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code, wallet_secret: claimSecret }),
  });
  const { credential_offer_uri: uri } = await readJson<{ credential_offer_uri: string }>(answer);
  return `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(uri)}`;
}

function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
