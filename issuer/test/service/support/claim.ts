import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { codeOf, createSoftwareWallet, generateKeyPair, type SoftwareWallet, type Tokens } from './software-wallet.js';
import type { TestIssuer } from './start-issuer.js';

export const roster = readFileSync(new URL('../../../../testdata/rosters/roster-clean.csv', import.meta.url));
export const errorOf = async (answer: Response): Promise<string> => ((await answer.json()) as { error: string }).error;

export interface Claimed {
  wallet: SoftwareWallet;
  tokens: Tokens;
}

/** A wallet with tokens of its own, by a pre-authorized code. */
export async function claimAt(issuer: TestIssuer, number: string): Promise<Claimed> {
  const made = await issuer.operator('/v1/credential-offers', { body: { student_number: number } });
  expect(made.status).toBe(201);
  const offer = (await made.json()) as never as { tx_code: string };
  const wallet = createSoftwareWallet(issuer.url);
  const answer = await wallet.token(codeOf(offer as never), offer.tx_code);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return { wallet, tokens: (await answer.json()) as Tokens };
}

/** Body of a credential request with fresh keys and proofs. */
export async function requestBody(wallet: SoftwareWallet, configuration: string, count = 1) {
  const nonce = await wallet.nonce();
  return {
    credential_configuration_id: configuration,
    proofs: { jwt: Array.from({ length: count }, () => wallet.proof(generateKeyPair(), nonce)) },
  };
}
