import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser } from '../support/browser.js';
import { type IdpUnderTest, startIdp } from '../support/idp-under-test.js';
import { interactionOf, signInThrough } from '../support/oidc-client.js';

/** Attack 24 and step-up: the internal client of the facades, used by hand. What it asks for is decided for the service. */
const WEAK = 'http://localhost:9999/weak';
const STRONG = 'http://localhost:9999/strong';
const PARTNER = 'https://partner.example/app';
const STAFF = 'http://localhost:9999/staff';
let idp: IdpUnderTest;
let student: string;

beforeAll(async () => {
  idp = await startIdp();
  student = await idp.addAccount({ number: '9202310000140' });
  for (const [id, url, more] of [
    ['weak', WEAK, { acr: 'password' }],
    ['strong', STRONG, { acr: 'wallet-presentation' }],
    ['staff-only', STAFF, { people: 'staff' }],
    ['partner', PARTNER, { leaves_campus: true, claims: ['name'] }],
  ] as const)
    await idp.addParty({
      id,
      name_zh: id,
      name_en: id,
      protocol: 'cas',
      purpose_zh: '核对',
      purpose_en: 'To check',
      cas: { services: [{ url }] },
      ...more,
    } as never);
});
afterAll(() => idp.close());

const cas = (service: string, more = '') => `${idp.url}/cas/login?service=${encodeURIComponent(service)}${more}`;
const ticketOf = (address: string | undefined) => new URL(address ?? 'x:').searchParams.get('ticket');
async function signedIn(): Promise<Browser> {
  const browser = openBrowser();
  const asked = await browser.follow(await browser.get(cas(WEAK)), idp.url);
  await signInThrough(browser, idp.url, asked, { account: student, level: 'password' });
  return browser;
}
/** The authorization request that a facade made, changed by hand. */
async function forged(browser: Browser, service: string, change: (query: URLSearchParams) => void, more = '') {
  const begun = await browser.get(cas(service, more));
  const url = new URL(begun.location ?? '');
  expect(url.pathname).toBe('/auth');
  const state = url.searchParams.get('state') ?? '';
  change(url.searchParams);
  return { state, answer: await browser.get(url.href) };
}

describe('the client of the facades, used by hand', () => {
  it('gives a weak session its ticket for a weak service [control]', async () => {
    const browser = await signedIn();
    expect(ticketOf((await browser.follow(await browser.get(cas(WEAK)), idp.url)).location)).toMatch(/^ST-/);
  });

  it.each([
    ['a stronger proof', STRONG],
    ['consent', PARTNER],
    ['staff', STAFF],
  ])('makes no code for an unknown request whose challenge is of one that needs %s', async (_variant, service) => {
    const browser = await signedIn();
    const { state, answer } = await forged(browser, service, (query) => query.set('state', 'nobody-began-this'));
    const back = new URL(answer.location ?? 'http://nowhere/');
    expect(back.searchParams.get('code')).toBeNull();
    back.searchParams.set('state', state);
    const done =
      back.pathname === '/cas/callback' ? await browser.get(`${idp.url}${back.pathname}${back.search}`) : answer;
    expect(done.location ?? '').not.toContain('ticket=');
  });

  it.each([
    ['a stronger proof', STRONG],
    ['consent', PARTNER],
    ['staff', STAFF],
  ])('makes no code under the state of a weak request for one that needs %s', async (_variant, service) => {
    const browser = await signedIn();
    const weak = new URL((await browser.get(cas(WEAK))).location ?? '').searchParams.get('state') ?? '';
    const { state, answer } = await forged(browser, service, (query) => query.set('state', weak));
    const back = new URL(answer.location ?? 'http://nowhere/');
    expect(back.searchParams.get('code')).toBeNull();
    back.searchParams.set('state', state);
    const done = await browser.get(`${idp.url}/cas/callback${back.search}`);
    expect(done.location ?? '').not.toContain('ticket=');
  });

  it('asks for the stronger proof whatever else is changed [prompt, acr_values, max_age, response_mode]', async () => {
    const browser = await signedIn();
    for (const [name, value] of [
      ['acr_values', 'urn:lanyard:acr:password'],
      ['max_age', '100000'],
      ['response_mode', 'form_post'],
      ['scope', 'openid profile offline_access'],
    ] as const) {
      const { answer } = await forged(browser, STRONG, (query) => query.set(name, value));
      expect(interactionOf(answer), name).toBeDefined();
    }
    const { answer } = await forged(browser, STRONG, (query) => query.set('prompt', 'none'));
    expect(answer.location ?? '').not.toContain('code=');
  });

  it.each([
    ['a foreign redirect_uri', (query: URLSearchParams) => query.set('redirect_uri', 'http://evil.example/')],
    ['a service as redirect_uri', (query: URLSearchParams) => query.set('redirect_uri', WEAK)],
  ])('sends nobody anywhere with %s', async (_variant, change) => {
    const { answer } = await forged(await signedIn(), WEAK, change);
    expect([answer.status, answer.location]).toEqual([400, undefined]);
  });

  it('gives nothing to fragments, and no ticket from another facade or a second time', async () => {
    const browser = await signedIn();
    const fragment = await forged(browser, WEAK, (query) => query.set('response_mode', 'fragment'));
    expect(new URL(fragment.answer.location ?? 'http://x/').search).not.toContain('code=');
    const good = await forged(browser, WEAK, () => {});
    const elsewhere = (good.answer.location ?? '').replace('/cas/callback', '/oauth2.0/callback');
    expect((await browser.get(elsewhere)).location ?? '').not.toContain('ticket=');
    expect(ticketOf((await browser.get(good.answer.location ?? '')).location)).toMatch(/^ST-/);
    expect((await browser.get(good.answer.location ?? '')).location).toBeUndefined();
  });

  it('takes no proof of another browser for a fresh one [renew=true]', async () => {
    const browser = await signedIn();
    const stranger = await idp.addAccount({ number: `T${Date.now()}`, kind: 'staff' });
    idp.clock.moveMs(600_000);
    const begun = new URL((await browser.get(cas(WEAK, '&renew=true'))).location ?? '');
    const other = openBrowser();
    await signInThrough(other, idp.url, begun.href, { account: stranger, level: 'wallet-presentation' });
    begun.searchParams.delete('prompt');
    const done = await browser.follow(await browser.get(begun.href), idp.url);
    idp.clock.moveMs(-600_000);
    expect(done.location ?? '').not.toContain('ticket=');
  });
});
