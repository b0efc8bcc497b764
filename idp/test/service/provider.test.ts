import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from './support/browser.js';
import { type IdpUnderTest, startIdp } from './support/idp-under-test.js';
import { beginAuthorization, codeOf, interactionOf, redeem, signInThrough } from './support/oidc-client.js';

const REDIRECT = 'http://localhost:9999/callback';
let idp: IdpUnderTest;
let secret: string;
let student: string;

beforeAll(async () => {
  idp = await startIdp();
  secret =
    (await idp.addParty({
      id: 'library',
      name_zh: '图书馆',
      name_en: 'Library',
      protocol: 'oidc',
      claims: ['name', 'student_number', 'roles'],
      purpose_zh: '借书',
      purpose_en: 'Lending',
      oidc: { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'client_secret_basic', refresh_tokens: true },
    })) ?? '';
  student = await idp.addAccount({ number: '9202310000040', name: '阿依古丽·买买提' });
});
afterAll(() => idp.close());

const begin = (parameters: Record<string, string> = {}) =>
  beginAuthorization({ idp: idp.url, clientId: 'library', redirectUri: REDIRECT, parameters });

describe('authorization code flow', () => {
  it('signs a person in and tells the client what it was granted', async () => {
    const browser = openBrowser();
    const request = begin();
    const back = await signInThrough(browser, idp.url, request.address, { account: student });
    expect(back.location).toContain(`${REDIRECT}?`);
    const tokens = await redeem(
      idp.url,
      { id: 'library', secret },
      {
        grant_type: 'authorization_code',
        code: codeOf(back),
        code_verifier: request.verifier,
        redirect_uri: REDIRECT,
      },
    );
    expect(tokens.status, JSON.stringify(tokens.body)).toBe(200);
    const info = await fetch(`${idp.url}/me`, { headers: { Authorization: `Bearer ${tokens.body['access_token']}` } });
    const claims = (await info.json()) as Record<string, unknown>;
    expect(claims).toMatchObject({ name: '阿依古丽·买买提', student_number: '9202310000040' });
    expect(claims['sub']).not.toBe(student);
  });

  it('tells a client of a federation what it knows people by, each only where it was granted', async () => {
    const granted = ['eduperson_scoped_affiliation', 'schac_personal_unique_code'] as const;
    const key = await idp.addParty({
      ...{ id: 'journals', name_zh: '期刊平台', name_en: 'Journals', protocol: 'oidc', claims: [...granted] },
      ...{ purpose_zh: '确认在读', purpose_en: 'Check who studies' },
      oidc: { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'client_secret_basic' },
    });
    const request = beginAuthorization({ idp: idp.url, clientId: 'journals', redirectUri: REDIRECT, parameters: {} });
    const back = await signInThrough(openBrowser(), idp.url, request.address, { account: student });
    const tokens = await redeem(
      idp.url,
      { id: 'journals', secret: key ?? '' },
      {
        ...{ grant_type: 'authorization_code', code: codeOf(back), redirect_uri: REDIRECT },
        code_verifier: request.verifier,
      },
    );
    const info = await fetch(`${idp.url}/me`, { headers: { Authorization: `Bearer ${tokens.body['access_token']}` } });
    const { sub: _, ...claims } = (await info.json()) as Record<string, unknown>;
    // No domain is configured here: the host of the identity layer is the scope.
    expect(claims).toEqual({
      eduperson_scoped_affiliation: ['student@localhost', 'member@localhost'],
      schac_personal_unique_code: ['urn:schac:personalUniqueCode:int:esi:localhost:9202310000040'],
    });
  });

  it('enters a second time without a question', async () => {
    const browser = openBrowser();
    await signInThrough(browser, idp.url, begin().address, { account: student });
    const again = await browser.get(begin().address);
    expect(interactionOf(again)).toBeUndefined();
    expect(codeOf(again)).not.toBe('');
  });

  it('asks for a stronger proof where the client wants one [acr_values]', async () => {
    const browser = openBrowser();
    await signInThrough(browser, idp.url, begin().address, { account: student });
    const higher = begin({ acr_values: 'urn:lanyard:acr:wallet-presentation' });
    const asked = await browser.get(higher.address);
    expect(interactionOf(asked)).toBeDefined();
    const weak = await signInThrough(browser, idp.url, asked, { account: student });
    expect(interactionOf(weak)).toBeDefined();
    const strong = await signInThrough(browser, idp.url, weak, { account: student, level: 'wallet-presentation' });
    expect(codeOf(strong)).not.toBe('');
  });

  it('ends a session for good: a request under way does not revive it', async () => {
    const browser = openBrowser();
    await signInThrough(browser, idp.url, begin().address, { account: student });
    const { rows } = await idp.database.run.raw(
      'SELECT uid FROM sign_in_session WHERE ended_at IS NULL ORDER BY created_at DESC LIMIT 1',
    );
    await idp.idp.sessions.end(rows[0].uid, 'operator', 'operator');
    const again = await browser.get(begin().address);
    expect(interactionOf(again)).toBeDefined();
  });
});

describe('facade sign-in', () => {
  it('takes a person for a CAS service once, and only in the browser that asked', async () => {
    await idp.addParty({
      id: 'old-system',
      name_zh: '旧系统',
      name_en: 'Old system',
      protocol: 'cas',
      claims: ['name'],
      purpose_zh: '登录',
      purpose_en: 'Sign-in',
      cas: { services: [{ url: 'http://localhost:9998/app/', match: 'prefix' }] },
    });
    const party = (await idp.idp.registered.find('old-system'))?.party;
    if (party === undefined) throw new Error('no party');
    const browser = openBrowser();
    const cookies = new Map<string, string>();
    const context = (querystring: string) => ({
      querystring,
      cookies: {
        get: (name: string) => cookies.get(name),
        set: (name: string, value: string | null) => void cookies.set(name, value ?? ''),
      },
    });
    const path = await idp.idp.facadeSignIn.begin(context(''), { facade: 'cas', party, prompt: 'normal', state: 's' });
    // Stops before the return address: the test plays the facade.
    let answer = await browser.get(`${idp.url}${path}`);
    const uid = interactionOf(answer);
    answer = await browser.get(`${idp.url}/sign-in/${uid}/door?account=${student}`);
    answer = await browser.get(answer.location ?? '');
    expect(answer.location).toContain('/cas/callback?');
    const query = new URL(answer.location ?? '').search.slice(1);
    const stranger = { ...context(query), cookies: { get: () => 'other', set: () => undefined } };
    expect(await idp.idp.facadeSignIn.complete(stranger, 'cas')).toEqual({ outcome: 'unknown' });
    const outcome = await idp.idp.facadeSignIn.complete(context(query), 'cas');
    expect(outcome).toMatchObject({
      outcome: 'signed-in',
      state: 's',
      session: { number: '9202310000040', fresh: true },
    });
    expect(await idp.idp.facadeSignIn.complete(context(query), 'cas')).toEqual({ outcome: 'unknown' });
  });
});
