import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addParty, beginSignIn, openAccount, postJson, REDIRECT, registerPasskey } from '../sign-in/person.js';
import { type Browser, openBrowser } from '../support/browser.js';
import { type IdpUnderTest, startIdp } from '../support/idp-under-test.js';
import { beginAuthorization, codeOf, interactionOf, signInThrough } from '../support/oidc-client.js';

let idp: IdpUnderTest;
let student: string;
let other: string;

beforeAll(async () => {
  idp = await startIdp();
  await addParty(idp, 'library');
  await addParty(idp, 'rail', {
    leaves_campus: true,
    claims: ['name', 'college'],
    name_zh: '示例铁路',
    purpose_zh: '核验学生优惠',
  });
  student = await idp.addAccount({ number: '9202310000090', name: '阿依古丽·买买提' });
  other = await idp.addAccount({ number: '9202310000091' });
});
afterAll(() => idp.close());

const sessionsOf = async (account: string): Promise<string[]> => {
  const { rows } = await idp.database.run.raw(
    'SELECT uid FROM sign_in_session WHERE account_id = ? AND ended_at IS NULL',
    [account],
  );
  return (rows as { uid: string }[]).map((row) => row.uid);
};
const auditCount = async (action: string, account: string): Promise<number> => {
  const { rows } = await idp.database.run.raw(`SELECT count(*) AS n FROM audit WHERE action = ? AND row_text LIKE ?`, [
    action,
    `%account:${account}%`,
  ]);
  return Number((rows[0] as { n: number }).n);
};
const passkeysOf = async (account: string): Promise<string[]> => {
  const { rows } = await idp.database.run.raw('SELECT id FROM passkey WHERE account_id = ?', [account]);
  return (rows as { id: string }[]).map((row) => row.id);
};
const toRail = async (browser: Browser) => {
  const { address } = beginAuthorization({ idp: idp.url, clientId: 'rail', redirectUri: REDIRECT });
  return browser.get(address);
};

describe('my account', () => {
  it('sends a browser without a session to sign in, and comes back', async () => {
    const browser = await openAccount(idp, student);
    const page = await browser.get(`${idp.url}/account`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('阿依古丽·<wbr>买买提');
  });

  it('ends one session, and only of its own person', async () => {
    const own = await openAccount(idp, student);
    const victim = await openAccount(idp, student);
    const [, mineToo = ''] = await sessionsOf(student);
    await openAccount(idp, other);
    const [foreign = ''] = await sessionsOf(other);
    expect((await own.post(`${idp.url}/account/sessions/${foreign}/end`, {})).status).toBe(404);
    expect(await sessionsOf(other)).toContain(foreign);
    const all = await sessionsOf(student);
    for (const uid of all) await own.post(`${idp.url}/account/sessions/${uid}/end`, {});
    expect((await victim.get(`${idp.url}/account`)).status).toBe(303);
    expect(mineToo).not.toBe('');
  });

  it('ends all other sessions and keeps this one', async () => {
    const others = [await openAccount(idp, student), await openAccount(idp, student)];
    const own = await openAccount(idp, student);
    expect((await own.post(`${idp.url}/account/sessions/end-others`, {})).status).toBe(303);
    expect((await own.get(`${idp.url}/account`)).status).toBe(200);
    for (const browser of others) expect((await browser.get(`${idp.url}/account`)).status).toBe(303);
  });

  it('renames a passkey, and refuses empty names and those of others', async () => {
    const { browser } = await registerPasskey(idp, student);
    const [id = ''] = await passkeysOf(student);
    expect(
      (await browser.post(`${idp.url}/account/passkeys/${id}/name`, { name: ' 宿舍的 <b>平板</b> ' })).status,
    ).toBe(303);
    expect((await browser.get(`${idp.url}/account`)).text).toContain('宿舍的 &lt;b&gt;平板&lt;/b&gt;');
    expect((await browser.post(`${idp.url}/account/passkeys/${id}/name`, { name: '\u200b ' })).status).toBe(400);
    const stranger = await openAccount(idp, other);
    expect((await stranger.post(`${idp.url}/account/passkeys/${id}/name`, { name: 'x' })).status).toBe(404);
  });

  it('warns before the last way in goes, removes it with a fresh proof, audits it', async () => {
    const account = await idp.addAccount({ number: '9202310000092' });
    const { browser } = await registerPasskey(idp, account);
    const [id = ''] = await passkeysOf(account);
    expect((await browser.get(`${idp.url}/account/passkeys/${id}/remove`)).text).toContain('唯一的登录方式');
    const stranger = await openAccount(idp, other);
    expect((await stranger.post(`${idp.url}/account/passkeys/${id}/remove`, {})).status).toBe(404);
    idp.clock.moveMs(302_000);
    expect((await browser.post(`${idp.url}/account/passkeys/${id}/remove`, {})).status).toBe(403);
    idp.clock.moveMs(-302_000);
    expect((await browser.post(`${idp.url}/account/passkeys/${id}/remove`, {})).status).toBe(303);
    expect(await passkeysOf(account)).toEqual([]);
    expect(await auditCount('passkey.removed', account)).toBe(1);
  });

  it('has no password where the installation has none', async () => {
    const browser = await openAccount(idp, student);
    expect((await browser.get(`${idp.url}/account`)).text).not.toContain('/account/password');
    expect((await browser.get(`${idp.url}/account/password`)).status).toBe(404);
    expect((await browser.post(`${idp.url}/account/password`, { password: 'amber kettle drifts north' })).status).toBe(
      404,
    );
  });

  it.each([
    '/account/sessions/end-others',
    '/account/sessions/abcdefghij/end',
    '/account/recovery-codes',
    '/account/passkeys/options',
    '/account/passkeys/AAAAAAAAAAAAAAAAAAAAAA/remove',
    '/account/passkeys/AAAAAAAAAAAAAAAAAAAAAA/name',
    '/account/consents/rail/withdraw',
  ])('refuses a POST from another site [%s]', async (path) => {
    const browser = await openAccount(idp, student);
    const answer = await postJson(browser, `${idp.url}${path}`, {}, { Origin: 'https://evil.example' });
    expect([answer.status, answer.json['code']]).toEqual([403, 'origin-not-allowed']);
  });

  it.each(['/account', '/logout', '/account/passkeys/new', '/account/recovery-codes'])(
    'cannot be framed, runs no foreign script [%s]',
    async (path) => {
      const browser = await openAccount(idp, other);
      const answer = await browser.get(`${idp.url}${path}`);
      const policy = answer.headers.get('Content-Security-Policy') ?? '';
      expect(answer.status).toBe(200);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(answer.headers.get('Cache-Control')).toBe('no-store');
      expect(answer.text).not.toMatch(/<script>|style="|onclick=/);
    },
  );
});

describe('consent', () => {
  it('says who, what for, each value and what is not told; refusing stands first', async () => {
    const browser = await openAccount(idp, student);
    const uid = interactionOf(await toRail(browser)) ?? '';
    const { text } = await browser.get(`${idp.url}/sign-in/${uid}`);
    for (const words of ['示例铁路', '核验学生优惠', '阿依古丽·<wbr>买买提', '文学院', '不会知道', '学号、'])
      expect(text).toContain(words);
    expect(text.indexOf('/cancel"')).toBeLessThan(text.indexOf('/consent"'));
    expect(text).not.toContain('9202310000090');
    const refused = await browser.follow(await browser.post(`${idp.url}/sign-in/${uid}/cancel`, {}), idp.url);
    expect(refused.location).toContain('error=access_denied');
    expect(await auditCount('consent.refused', student)).toBe(1);
  });

  it('is asked once, shown on the account, and asked again after it was withdrawn', async () => {
    const browser = await openAccount(idp, student);
    const uid = interactionOf(await toRail(browser)) ?? '';
    const agreed = await browser.follow(await browser.post(`${idp.url}/sign-in/${uid}/consent`, {}), idp.url);
    expect(codeOf(agreed)).not.toBe('');
    expect(codeOf(await toRail(browser))).not.toBe('');
    expect((await browser.get(`${idp.url}/account`)).text).toContain('示例铁路');
    expect((await browser.post(`${idp.url}/account/consents/rail/withdraw`, {})).status).toBe(303);
    expect((await browser.post(`${idp.url}/account/consents/rail/withdraw`, {})).status).toBe(404);
    expect(interactionOf(await toRail(browser))).toBeDefined();
  });

  it('cannot be given on the sign-in page, before anybody is signed in', async () => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'rail');
    expect((await browser.post(`${idp.url}/sign-in/${uid}/consent`, {})).status).toBe(400);
  });
});

describe('the sign-in page', () => {
  it('names where it leads, offers no way that does not reach, and can be cancelled', async () => {
    await addParty(idp, 'exam', { acr: 'wallet-presentation', name_zh: '考务系统' });
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'exam');
    const { text } = await browser.get(`${idp.url}/sign-in/${uid}`);
    expect(text).toContain('考务系统');
    expect(text).toContain(`/sign-in/${uid}/wallet"`);
    expect(text).not.toContain('data-passkey');
    expect((await browser.get(`${idp.url}/sign-in/${uid}/recovery`)).status).toBe(404);
    const back = await browser.follow(await browser.post(`${idp.url}/sign-in/${uid}/cancel`, {}), idp.url);
    expect(back.location).toContain('error=access_denied');
  });

  it('says why it asks again [stronger proof, another account]', async () => {
    await addParty(idp, 'staff-only', { people: 'staff' });
    const browser = await openAccount(idp, student);
    await signInThrough(
      browser,
      idp.url,
      beginAuthorization({ idp: idp.url, clientId: 'library', redirectUri: REDIRECT }).address,
      { account: student },
    );
    const stronger = await beginSignIn(idp, browser, 'exam');
    expect((await browser.get(`${idp.url}/sign-in/${stronger}`)).text).toContain('更可靠的证明');
    const wrong = await beginSignIn(idp, browser, 'staff-only');
    expect((await browser.get(`${idp.url}/sign-in/${wrong}`)).text).toContain('请换一个账号');
  });

  it.each(['', '/password', '/claim', '/recovery'])('cannot be framed [/sign-in/UID%s]', async (path) => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    const answer = await browser.get(`${idp.url}/sign-in/${uid}${path}`);
    const policy = answer.headers.get('Content-Security-Policy') ?? '';
    // The rest of the policy is the service's own where there is no such page.
    expect(policy).toContain("frame-ancestors 'none'");
    if (path === '') expect(policy).toContain(`form-action 'self' ${new URL(REDIRECT).origin}`);
  });

  it.each([
    'password',
    'claim',
    'recovery',
    'new-passkey/options',
    'new-passkey/verify',
    'new-password',
    'cancel',
    'consent',
  ])('refuses a POST from another site [%s]', async (path) => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    for (const headers of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { Origin: '' }]) {
      const answer = await postJson(browser, `${idp.url}/sign-in/${uid}/${path}`, {}, headers);
      expect([answer.status, answer.json['code']]).toEqual([403, 'origin-not-allowed']);
    }
  });

  it('speaks the chosen language from then on', async () => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    expect((await browser.get(`${idp.url}/sign-in/${uid}?lang=en`)).text).toContain('<h1>Sign in</h1>');
    expect((await browser.get(`${idp.url}/sign-in/${uid}`)).text).toContain('lang="en"');
    expect((await browser.get(`${idp.url}/sign-in/${uid}?lang=%22%3E%3Cscript%3E`)).text).not.toContain('<script>');
  });
});
