import { connectDatabase } from '@lanyard/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChallengeStore } from '../../src/storage/challenge-store.js';
import { type Browser, openBrowser } from './support/browser.js';
import { type IdpUnderTest, startIdp } from './support/idp-under-test.js';
import { beginAuthorization, codeOf, redeem, signInThrough } from './support/oidc-client.js';

/** What is good for one use, offered many times at once to two processes on one database. */
const ITEMS = 200;
const OFFERS = 20;
/** Items under way at once. */
const AT_ONCE = 10;
const WITHIN_MS = 180_000;
const REDIRECT = 'http://localhost:9999/callback';
const SERVICE = 'http://localhost:9998/app/';
const CLIENTS = ['codes', 'refresh', 'pushed'] as const;
let idp: IdpUnderTest;
let processes: [string, string];
const secrets: Record<string, string> = {};
/** One session for each item: a code that is offered twice ends all that came of its grant. */
let browsers: Browser[];

beforeAll(async () => {
  idp = await startIdp();
  processes = [idp.url, await idp.startSecond()];
  for (const id of CLIENTS)
    secrets[id] =
      (await idp.addParty({
        id,
        name_zh: '图书馆',
        name_en: 'Library',
        protocol: 'oidc',
        oidc: {
          redirect_uris: [REDIRECT],
          token_endpoint_auth_method: 'client_secret_basic',
          refresh_tokens: id === 'refresh',
        },
      })) ?? '';
  await idp.addParty({
    id: 'old-system',
    name_zh: '旧系统',
    name_en: 'Old system',
    protocol: 'cas',
    purpose_zh: '登录',
    purpose_en: 'Sign-in',
    cas: { services: [{ url: SERVICE, match: 'prefix' }] },
  });
  const account = await idp.addAccount({ number: '9202310000040' });
  browsers = await inGroups(ITEMS, async () => {
    const browser = openBrowser();
    const { address } = beginAuthorization({ idp: idp.url, clientId: 'pushed', redirectUri: REDIRECT });
    await signInThrough(browser, idp.url, address, { account });
    return browser;
  });
}, WITHIN_MS);
afterAll(() => idp?.close());

async function inGroups<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (let start = 0; start < count; start += AT_ONCE)
    done.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, offset) => work(start + offset)),
      )),
    );
  return done;
}
/**
 * How often each item was taken, when all its offers were made at once, half to each process. An item is made just before:
 * codes and tickets live for a minute or less, on a busy machine too.
 */
async function taken<T>(
  make: (index: number) => Promise<T>,
  offer: (item: T, process: string, index: number) => Promise<boolean>,
): Promise<number[]> {
  return inGroups(ITEMS, async (index) => {
    const item = await make(index);
    const offers = Array.from({ length: OFFERS }, (_, one) => offer(item, processes[one % 2 === 0 ? 0 : 1], index));
    return (await Promise.all(offers)).filter(Boolean).length;
  });
}
const ONCE_EACH = Array.from({ length: ITEMS }, () => 1);

async function makeCode(clientId: string, index: number): Promise<Record<string, string>> {
  const request = beginAuthorization({ idp: idp.url, clientId, redirectUri: REDIRECT });
  const back = await browsers[index]?.get(request.address);
  if (back === undefined || codeOf(back) === '') throw new Error(`no code: ${back?.status} ${back?.location}`);
  const code = codeOf(back);
  return { grant_type: 'authorization_code', code, code_verifier: request.verifier, redirect_uri: REDIRECT };
}

describe('200 items, each offered 20 times at once to two processes, are taken once each', () => {
  it('[authorization code]', { timeout: WITHIN_MS }, async () => {
    const client = { id: 'codes', secret: secrets['codes'] ?? '' };
    const made = (index: number) => makeCode('codes', index);
    expect(await taken(made, async (body, at) => (await redeem(at, client, body)).status === 200)).toEqual(ONCE_EACH);
  });

  it('[refresh token]', { timeout: WITHIN_MS }, async () => {
    const client = { id: 'refresh', secret: secrets['refresh'] ?? '' };
    const made = async (index: number) =>
      String((await redeem(idp.url, client, await makeCode('refresh', index))).body['refresh_token']);
    const offer = async (token: string, at: string) =>
      (await redeem(at, client, { grant_type: 'refresh_token', refresh_token: token })).status === 200;
    expect(await taken(made, offer)).toEqual(ONCE_EACH);
  });

  it('[CAS ticket]', { timeout: WITHIN_MS }, async () => {
    const made = async (index: number) => {
      const browser = browsers[index] ?? openBrowser();
      const login = `${idp.url}/cas/login?service=${encodeURIComponent(SERVICE)}`;
      const back = await browser.follow(await browser.get(login), idp.url);
      const ticket = new URL(back.location ?? 'x:').searchParams.get('ticket') ?? '';
      expect(ticket).toMatch(/^ST-/);
      return ticket;
    };
    const offer = async (ticket: string, at: string) => {
      const query = new URLSearchParams({ service: SERVICE, ticket });
      return (await (await fetch(`${at}/cas/serviceValidate?${query}`)).text()).includes('authenticationSuccess');
    };
    expect(await taken(made, offer)).toEqual(ONCE_EACH);
  });

  it('[pushed authorization request]', { timeout: WITHIN_MS }, async () => {
    const authorization = `Basic ${Buffer.from(`pushed:${secrets['pushed']}`).toString('base64')}`;
    const made = async () => {
      const { address } = beginAuthorization({ idp: idp.url, clientId: 'pushed', redirectUri: REDIRECT });
      const answer = await fetch(`${idp.url}/request`, {
        method: 'POST',
        headers: { Authorization: authorization },
        body: new URLSearchParams(new URL(address).search),
      });
      return ((await answer.json()) as { request_uri: string }).request_uri;
    };
    const offer = async (request: string, at: string, index: number) => {
      const cookie = [...(browsers[index]?.cookies() ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
      const query = new URLSearchParams({ client_id: 'pushed', request_uri: request });
      const answer = await fetch(`${at}/auth?${query}`, { redirect: 'manual', headers: { Cookie: cookie } });
      return /[?&]code=/.test(answer.headers.get('location') ?? '');
    };
    expect(await taken(made, offer)).toEqual(ONCE_EACH);
  });

  it('[passkey challenge]', { timeout: WITHIN_MS }, async () => {
    const clock = { nowMs: idp.clock.nowMs, nowSeconds: idp.clock.nowSeconds };
    const second = connectDatabase({ url: idp.database.runUrl, poolSize: 16 });
    const stores = [createChallengeStore(idp.database.run, clock), createChallengeStore(second, clock)] as const;
    const use = { ceremony: 'sign-in', binding: 'an interaction' } as const;
    const offer = (challenge: string, at: string) => stores[at === processes[0] ? 0 : 1].consume(challenge, use);
    expect(await taken(() => stores[0].make(use), offer)).toEqual(ONCE_EACH);
    await second.destroy();
  });
});
