import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addParty, beginSignIn, goOn, openAccount, postJson, registerPasskey, signInWith } from '../sign-in/person.js';
import {
  type Authenticator,
  createAuthenticator,
  type Hostile,
  type Options,
} from '../sign-in/software-authenticator.js';
import { openBrowser } from '../support/browser.js';
import { type IdpUnderTest, startIdp } from '../support/idp-under-test.js';
import { codeOf } from '../support/oidc-client.js';

let idp: IdpUnderTest;
let student: string;
let other: string;
let clerk: string;
let key: Authenticator;

beforeAll(async () => {
  idp = await startIdp();
  await addParty(idp, 'library');
  await addParty(idp, 'desk', { acr: 'device-passkey', people: 'staff' });
  student = await idp.addAccount({ number: '9202310000050' });
  other = await idp.addAccount({ number: '9202310000051', name: '测试乙' });
  clerk = await idp.addAccount({ number: 'T9001', kind: 'staff', roles: ['registrar'] });
  key = (await registerPasskey(idp, student)).authenticator;
});
afterAll(() => idp.close());

const countAudit = async (action: string) => {
  const { rows } = await idp.database.run.raw('SELECT count(*) AS n FROM audit WHERE action = ?', [action]);
  return Number((rows[0] as { n: number }).n);
};

describe('sign-in with a passkey', () => {
  it('signs in with a key, without a typed sign', async () => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    const answer = await signInWith(idp, browser, uid, key);
    expect(answer.status, answer.text + idp.lines.slice(-3).join('')).toBe(200);
    const back = await goOn(idp, browser, answer.json['location']);
    expect(codeOf(back)).not.toBe('');
    const { rows } = await idp.database.run.raw(
      'SELECT level, methods FROM sign_in_session WHERE account_id = ? ORDER BY created_at DESC LIMIT 1',
      [student],
    );
    expect(rows[0]).toEqual({ level: 'synced-passkey', methods: ['swk', 'user'] });
  });

  it('offers options that name no credential and are the same for everybody but for the challenge', async () => {
    const seen = new Set<string>();
    for (let person = 0; person < 3; person += 1) {
      const browser = openBrowser();
      const uid = await beginSignIn(idp, browser, 'library');
      const { json } = await postJson(browser, `${idp.url}/sign-in/${uid}/passkey/options`, {
        username: `920231000005${person}`,
      });
      expect(json['allowCredentials']).toEqual([]);
      expect(json['userVerification']).toBe('required');
      seen.add(JSON.stringify({ ...json, challenge: '' }));
    }
    expect(seen.size).toBe(1);
  });

  const hostile: [string, Hostile][] = [
    ['without user verification', { userVerified: false }],
    ['without user presence', { userPresent: false, userVerified: false }],
    ['wrong origin', { client: { origin: 'https://evil.example' } }],
    ['look-alike origin', { client: { origin: 'http://localhost.evil.example' } }],
    ['own host on another port', { client: { origin: 'http://localhost:1' } }],
    ['wrong challenge', { client: { challenge: Buffer.alloc(32, 7).toString('base64url') } }],
    ['challenge of no length', { client: { challenge: '' } }],
    ['wrong type', { client: { type: 'webauthn.create' } }],
    ['type of payments', { client: { type: 'payment.get' } }],
    ['other rpId', { rpId: 'evil.example' }],
    ['foreign topOrigin', { client: { crossOrigin: true, topOrigin: 'https://evil.example' } }],
    ['topOrigin without crossOrigin', { client: { topOrigin: 'https://evil.example' } }],
    ['crossOrigin alone', { client: { crossOrigin: true } }],
    ['signature of another key', { signature: () => Buffer.alloc(70, 1) }],
    ['unknown credential', { credentialId: Buffer.alloc(32, 9) }],
    ['backup eligibility changed', { backupEligible: false }],
    ['user handle of nobody', { userHandle: Buffer.alloc(32, 3).toString('base64url') }],
  ];
  it.each(hostile)('refuses, with the same answer [%s]', async (_name, change) => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    const answer = await signInWith(idp, browser, uid, key, change);
    expect(answer.status).toBe(403);
    expect(answer.json['code']).toBe('passkey-refused');
    expect(Object.keys(answer.json).sort()).toEqual(
      ['code', 'instance', 'status', 'title', 'title_zh', 'type'].filter((name) => name in answer.json),
    );
  });

  it('refuses the credential of one account with the handle of another', async () => {
    const theirs = (await registerPasskey(idp, other)).authenticator;
    const options = { challenge: 'x'.repeat(43), user: { id: '' } };
    const handle = theirs.sign(options as Options).response.userHandle;
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    const answer = await signInWith(idp, browser, uid, key, { userHandle: handle });
    expect([answer.status, answer.json['code']]).toEqual([403, 'passkey-refused']);
  });

  it('refuses a counter that went back, and audits it', async () => {
    const before = await countAudit('passkey.counter-went-back');
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    const answer = await signInWith(idp, browser, uid, key, { counter: 1 });
    expect(answer.json['code']).toBe('passkey-refused');
    expect(await countAudit('passkey.counter-went-back')).toBe(before + 1);
  });

  it('accepts keys that never count', async () => {
    const still = (await registerPasskey(idp, student, { synced: true, counts: false })).authenticator;
    for (let time = 0; time < 2; time += 1) {
      const browser = openBrowser();
      const uid = await beginSignIn(idp, browser, 'library');
      expect((await signInWith(idp, browser, uid, still)).status).toBe(200);
    }
  });

  it('refuses an old challenge [5 minutes and 1 second]', async () => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    const { json } = await postJson(browser, `${idp.url}/sign-in/${uid}/passkey/options`);
    idp.clock.moveMs(301_000);
    const answer = await postJson(
      browser,
      `${idp.url}/sign-in/${uid}/passkey/verify`,
      key.sign(json as unknown as Options),
    );
    idp.clock.moveMs(-301_000);
    expect(answer.json['code']).toBe('passkey-refused');
  });

  it('refuses a challenge of another session, and of a registration', async () => {
    const victim = openBrowser();
    const victimUid = await beginSignIn(idp, victim, 'library');
    const { json } = await postJson(victim, `${idp.url}/sign-in/${victimUid}/passkey/options`);
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    const stolen = await postJson(
      browser,
      `${idp.url}/sign-in/${uid}/passkey/verify`,
      key.sign(json as unknown as Options),
    );
    expect(stolen.json['code']).toBe('passkey-refused');
    const account = await openAccount(idp, student);
    const registration = await postJson(account, `${idp.url}/account/passkeys/options`);
    const mixed = await postJson(
      browser,
      `${idp.url}/sign-in/${uid}/passkey/verify`,
      key.sign({ ...registration.json, rpId: 'localhost' } as unknown as Options),
    );
    expect(mixed.json['code']).toBe('passkey-refused');
  });

  it('refuses an interaction of another browser', async () => {
    const victim = openBrowser();
    const uid = await beginSignIn(idp, victim, 'library');
    const answer = await postJson(openBrowser(), `${idp.url}/sign-in/${uid}/passkey/options`);
    expect([answer.status, answer.json['code']]).toEqual([400, 'interaction-expired']);
  });

  it('lets exactly one of 20 parallel answers with one challenge in', async () => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    const { json } = await postJson(browser, `${idp.url}/sign-in/${uid}/passkey/options`);
    const answers = Array.from({ length: 20 }, () => key.sign(json as unknown as Options));
    const done = await Promise.all(
      answers.map((answer) => postJson(browser, `${idp.url}/sign-in/${uid}/passkey/verify`, answer)),
    );
    expect(done.filter((one) => one.status === 200)).toHaveLength(1);
    expect(new Set(done.filter((one) => one.status !== 200).map((one) => one.json['code']))).toEqual(
      new Set(['passkey-refused']),
    );
  });

  it('gives exactly 200 successes [200 challenges, each 20 times in parallel, two processes]', async () => {
    const still = (await registerPasskey(idp, other, { synced: true, counts: false })).authenticator;
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    const processes = [idp.url, await idp.startSecond()];
    const answers: object[] = [];
    for (let item = 0; item < 200; item += 1) {
      const { json } = await postJson(browser, `${idp.url}/sign-in/${uid}/passkey/options`);
      answers.push(still.sign(json as unknown as Options));
    }
    const statuses = new Map<number, number>();
    for (let start = 0; start < answers.length; start += 5) {
      const slice = answers.slice(start, start + 5);
      await Promise.all(
        slice.flatMap((answer) =>
          Array.from({ length: 20 }, async (_, turn) => {
            const address = `${processes[turn % 2]}/sign-in/${uid}/passkey/verify`;
            const { status } = await postJson(browser, address, answer, { Origin: idp.url });
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
          }),
        ),
      );
    }
    expect(Object.fromEntries(statuses)).toEqual({ 200: 200, 403: 3_800 });
  }, 120_000);

  it('does not let a synced passkey into a service that needs a device-bound one, and says why', async () => {
    const synced = (await registerPasskey(idp, clerk)).authenticator;
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'desk');
    const answer = await signInWith(idp, browser, uid, synced);
    expect([answer.status, answer.json['code']]).toEqual([403, 'passkey-not-device-bound']);
    const bound = (await registerPasskey(idp, clerk, { synced: false })).authenticator;
    expect((await signInWith(idp, browser, uid, bound)).status).toBe(200);
  });

  it.each([
    ['no body', {}],
    ['id and rawId differ', { rawId: 'A'.repeat(43) }],
    ['user handle left out', { response: { userHandle: undefined } }],
  ])('refuses what no browser sends [%s]', async (_name, change) => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    const { json } = await postJson(browser, `${idp.url}/sign-in/${uid}/passkey/options`);
    const real = key.sign(json as unknown as Options);
    const sent =
      Object.keys(change).length === 0
        ? {}
        : { ...real, ...change, response: { ...real.response, ...(change as { response?: object }).response } };
    const answer = await postJson(browser, `${idp.url}/sign-in/${uid}/passkey/verify`, sent);
    expect(answer.json['code']).toBe('passkey-refused');
  });

  it.each([
    ['foreign Origin', { Origin: 'https://evil.example' }],
    ['no Origin and no Referer', { Origin: '' }],
    ['cross-site by Sec-Fetch-Site', { 'Sec-Fetch-Site': 'cross-site' }],
  ])('refuses a POST from elsewhere [%s]', async (_name, headers) => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    for (const path of ['passkey/options', 'passkey/verify', 'cancel', 'consent']) {
      const answer = await postJson(browser, `${idp.url}/sign-in/${uid}/${path}`, {}, headers);
      expect([path, answer.status, answer.json['code']]).toEqual([path, 403, 'origin-not-allowed']);
    }
  });
});

describe('registration of a passkey', () => {
  it('refuses without a fresh proof [5 minutes and 1 second], and says where to give one', async () => {
    const browser = await openAccount(idp, other);
    const options = await postJson(browser, `${idp.url}/account/passkeys/options`);
    const answer = createAuthenticator(idp.url, { synced: true }).register(options.json as unknown as Options);
    idp.clock.moveMs(302_000);
    for (const path of ['options', 'verify']) {
      const stale = await postJson(browser, `${idp.url}/account/passkeys/${path}`, answer);
      expect([stale.status, stale.json['code'], stale.json['step_up_url']]).toEqual([
        403,
        'step-up-needed',
        '/account/step-up',
      ]);
    }
    idp.clock.moveMs(-302_000);
  });

  it('refuses without a session', async () => {
    const answer = await postJson(openBrowser(), `${idp.url}/account/passkeys/options`);
    expect(answer.json['code']).toBe('step-up-needed');
  });

  it('refuses a proof weaker than the ways in [a password where there is a passkey]', async () => {
    const answer = await postJson(await openAccount(idp, student, 'password'), `${idp.url}/account/passkeys/options`);
    expect([answer.status, answer.json['code']]).toEqual([403, 'stronger-proof-needed']);
  });

  it('refuses a synced proof for a person with roles who has a device-bound passkey', async () => {
    const answer = await postJson(
      await openAccount(idp, clerk, 'synced-passkey'),
      `${idp.url}/account/passkeys/options`,
    );
    expect(answer.json['code']).toBe('stronger-proof-needed');
  });

  it.each<[string, Hostile]>([
    ['without user verification', { userVerified: false }],
    ['wrong origin', { client: { origin: 'https://evil.example' } }],
    ['wrong type', { client: { type: 'webauthn.get' } }],
    ['other rpId', { rpId: 'evil.example' }],
    ['framed', { client: { crossOrigin: true } }],
  ])('refuses a hostile answer [%s]', async (_name, change) => {
    const browser = await openAccount(idp, other);
    const options = await postJson(browser, `${idp.url}/account/passkeys/options`);
    const answer = createAuthenticator(idp.url, { synced: true }).register(options.json as unknown as Options, change);
    const done = await postJson(browser, `${idp.url}/account/passkeys/verify`, answer);
    expect([done.status, done.json['code']]).toEqual([403, 'passkey-refused']);
  });

  it('refuses a challenge made for another account', async () => {
    const mine = await openAccount(idp, other);
    const theirs = await openAccount(idp, student, 'wallet-presentation');
    const options = await postJson(theirs, `${idp.url}/account/passkeys/options`);
    const answer = createAuthenticator(idp.url, { synced: true }).register(options.json as unknown as Options);
    expect((await postJson(mine, `${idp.url}/account/passkeys/verify`, answer)).json['code']).toBe('passkey-refused');
  });

  it('takes ten and refuses the eleventh, also in parallel', async () => {
    const account = await idp.addAccount({ number: '9202310000059' });
    const browser = await openAccount(idp, account);
    const one = async () => {
      const options = await postJson(browser, `${idp.url}/account/passkeys/options`);
      const answer = createAuthenticator(idp.url, { synced: true }).register(options.json as unknown as Options);
      return postJson(browser, `${idp.url}/account/passkeys/verify`, answer);
    };
    const done = await Promise.all(Array.from({ length: 12 }, one));
    expect(done.filter((answer) => answer.status === 200)).toHaveLength(10);
    expect(done.filter((answer) => answer.json['code'] === 'passkeys-at-most')).toHaveLength(2);
  });

  it('refuses a credential that is registered already', async () => {
    const { authenticator } = await registerPasskey(idp, other);
    const browser = await openAccount(idp, other);
    const options = await postJson(browser, `${idp.url}/account/passkeys/options`);
    const again = await postJson(
      browser,
      `${idp.url}/account/passkeys/verify`,
      authenticator.register(options.json as unknown as Options),
    );
    expect([again.status, again.json['code']]).toEqual([409, 'passkey-known']);
  });
});
