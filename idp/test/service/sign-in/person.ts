import { type Answer, type Browser, openBrowser } from '../support/browser.js';
import type { IdpUnderTest } from '../support/idp-under-test.js';
import { beginAuthorization, interactionOf, signInThrough } from '../support/oidc-client.js';
import { type Authenticator, createAuthenticator, type Options } from './software-authenticator.js';

export const REDIRECT = 'http://localhost:9999/callback';
export const JSON_HEADERS = { 'Content-Type': 'application/json', Accept: 'application/json' };

/** Registers a relying party of tests. */
export const addParty = (idp: IdpUnderTest, id: string, more: object = {}) =>
  idp.addParty({
    id,
    name_zh: '图书馆',
    name_en: 'Library',
    protocol: 'oidc',
    claims: ['name'],
    purpose_zh: '借书',
    purpose_en: 'Lending',
    oidc: { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'client_secret_basic' },
    ...more,
  } as never);

/** Begins a sign-in; answers the interaction. */
export async function beginSignIn(
  idp: IdpUnderTest,
  browser: Browser,
  clientId: string,
  parameters = {},
): Promise<string> {
  const { address } = beginAuthorization({ idp: idp.url, clientId, redirectUri: REDIRECT, parameters });
  const uid = interactionOf(await browser.get(address));
  if (uid === undefined) throw new Error('no interaction');
  return uid;
}

export async function postJson(browser: Browser, address: string, body: object = {}, headers = {}) {
  const answer = await browser.post(address, body, { ...JSON_HEADERS, ...headers });
  let json: Record<string, unknown> = {};
  if (answer.text.startsWith('{')) json = JSON.parse(answer.text);
  return { ...answer, json };
}

/** Signs in on the account pages through the tests' door, with a proof of now. */
export async function openAccount(idp: IdpUnderTest, account: string, level = 'synced-passkey'): Promise<Browser> {
  const browser = openBrowser();
  await signInThrough(browser, idp.url, await browser.follow(await browser.get(`${idp.url}/account`), idp.url), {
    account,
    level,
  });
  return browser;
}

/** Registers a passkey for an account from its own pages. */
export async function registerPasskey(
  idp: IdpUnderTest,
  account: string,
  kind: { synced: boolean; counts?: boolean } = { synced: true },
): Promise<{ authenticator: Authenticator; browser: Browser }> {
  const browser = await openAccount(idp, account, 'wallet-presentation');
  const authenticator = createAuthenticator(idp.url, kind);
  const options = await postJson(browser, `${idp.url}/account/passkeys/options`);
  const done = await postJson(
    browser,
    `${idp.url}/account/passkeys/verify`,
    authenticator.register(options.json as unknown as Options),
  );
  if (done.status !== 200) throw new Error(`${done.status} ${done.text}`);
  return { authenticator, browser };
}

/** Asks for options and answers them. */
export async function signInWith(
  idp: IdpUnderTest,
  browser: Browser,
  uid: string,
  authenticator: Authenticator,
  hostile: Parameters<Authenticator['sign']>[1] = {},
) {
  const options = await postJson(browser, `${idp.url}/sign-in/${uid}/passkey/options`);
  return postJson(
    browser,
    `${idp.url}/sign-in/${uid}/passkey/verify`,
    authenticator.sign(options.json as unknown as Options, hostile),
  );
}

/** Goes on from where the sign-in leads; answers the redirect to the relying party. */
export const goOn = async (idp: IdpUnderTest, browser: Browser, location: unknown): Promise<Answer> =>
  browser.follow(await browser.get(new URL(String(location), idp.url).href), idp.url);
