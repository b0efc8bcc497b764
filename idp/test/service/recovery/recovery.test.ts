import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCallerToken, openClientKey, openSealedStore } from '@lanyard/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addParty, beginSignIn, goOn, openAccount, postJson, registerPasskey } from '../sign-in/person.js';
import { createAuthenticator, type Options } from '../sign-in/software-authenticator.js';
import { type Browser, openBrowser } from '../support/browser.js';
import { type IdpUnderTest, OPERATOR_TOKEN, startIdp } from '../support/idp-under-test.js';
import { codeOf } from '../support/oidc-client.js';

let idp: IdpUnderTest;
let student: string;
let folder: string;
const NUMBER = '9202310000080';
let callAs: (
  actor: string | undefined,
  path: string,
  body?: object,
) => Promise<{ status: number; json: Record<string, unknown> }>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-callers-'));
  idp = await startIdp({ LANYARD_PASSWORDS: 'allowed', LANYARD_CALLERS: folder });
  await addParty(idp, 'library');
  await addParty(idp, 'desk', { acr: 'device-passkey' });
  student = await idp.addAccount({ number: NUMBER });
  await idp.addAccount({ number: 'T8001', kind: 'staff', roles: ['registrar'] });
  await idp.addAccount({ number: 'T8002', kind: 'staff', roles: ['card-officer'] });
  await idp.addAccount({ number: 'T8004', kind: 'staff', roles: ['card-officer'] });
  await idp.addAccount({ number: 'T8005', kind: 'staff', roles: ['operator'] });
  await idp.addAccount({ number: 'T8006', kind: 'staff', roles: ['operator'] });
  await idp.addAccount({ number: 'T8007', kind: 'staff', roles: ['operator@college:文学院'] });
  await idp.addAccount({ number: 'T8003', kind: 'staff', roles: ['guard@campus:花都校区'] });
  // The console as a caller: its key stands where services put theirs.
  const store = openSealedStore(join(folder, 'store'), join(folder, 'key'));
  const { sign } = openClientKey(store, { name: 'admin', callersFolder: folder });
  callAs = async (actor, path, body) => {
    const response = await fetch(`${idp.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        Authorization: `Bearer ${createCallerToken({ caller: 'admin', audience: 'idp', sign, nowSeconds: idp.clock.nowSeconds() })}`,
        'Content-Type': 'application/json',
        ...(actor === undefined ? {} : { 'Lanyard-Actor': actor }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
});
afterAll(async () => {
  await idp.close();
  rmSync(folder, { recursive: true, force: true });
});

const sheetOf = async (account: string): Promise<string[]> => {
  const page = await (await openAccount(idp, account)).post(`${idp.url}/account/recovery-codes`, {});
  return [...page.text.matchAll(/<li class="code-text">([^<]+)</g)].map(([, code]) => code ?? '');
};
const forget = () => idp.database.run.raw('DELETE FROM throttle');
async function enter(browser: Browser, code: string, kind = 'recovery', client = 'library') {
  const uid = await beginSignIn(idp, browser, client);
  return { uid, answer: await browser.post(`${idp.url}/sign-in/${uid}/${kind}`, { code }) };
}
async function setUpPasskey(browser: Browser, uid: string, synced = true) {
  const options = await postJson(browser, `${idp.url}/sign-in/${uid}/new-passkey/options`);
  const made = createAuthenticator(idp.url, { synced }).register(options.json as unknown as Options);
  return postJson(browser, `${idp.url}/sign-in/${uid}/new-passkey/verify`, made);
}

describe('printed recovery codes', () => {
  it('are ten, different, kept as digests only, and a new sheet ends the old one', async () => {
    const first = await sheetOf(student);
    expect(new Set(first).size).toBe(10);
    const { rows } = await idp.database.run.raw('SELECT digest::text AS digest FROM recovery_code');
    expect(JSON.stringify(rows)).not.toContain(first[0]!.replaceAll('-', ''));
    await sheetOf(student);
    expect((await enter(openBrowser(), first[0]!)).answer.status).toBe(403);
    await forget();
  });

  it('lets the person set up a passkey and go on, and ends all other sessions', async () => {
    const [code = ''] = await sheetOf(student);
    const other = await openAccount(idp, student);
    const browser = openBrowser();
    const { uid, answer } = await enter(browser, ` ${code.toLowerCase().replaceAll('-', ' ')} `);
    expect(answer.location).toBe(`${idp.url}/sign-in/${uid}/new-passkey`);
    expect((await other.get(`${idp.url}/account`)).status).toBe(303);
    const done = await setUpPasskey(browser, uid);
    expect(done.status, done.text).toBe(200);
    expect(codeOf(await goOn(idp, browser, done.json['location']))).not.toBe('');
    // The pass is used up.
    expect((await setUpPasskey(browser, uid)).status).toBe(400);
    await forget();
  });

  it('works once, of 20 at once', async () => {
    const [code = ''] = await sheetOf(student);
    const entered = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const browser = openBrowser();
        const uid = await beginSignIn(idp, browser, 'library');
        await forget();
        return (await browser.post(`${idp.url}/sign-in/${uid}/recovery`, { code })).status;
      }),
    );
    expect(entered.filter((status) => status === 303)).toHaveLength(1);
    await forget();
  });

  it('keeps a synced passkey out where a device-bound one is needed, and says so on the page', async () => {
    const [code = ''] = await sheetOf(student);
    const browser = openBrowser();
    const { uid } = await enter(browser, code, 'recovery', 'desk');
    const done = await setUpPasskey(browser, uid);
    expect(done.json['location']).toBe(`/sign-in/${uid}`);
    expect((await browser.get(`${idp.url}/sign-in/${uid}`)).text).toContain('绑定在本机');
  });

  it('lets a person set a password instead, where passwords are allowed', async () => {
    const [code = ''] = await sheetOf(student);
    const browser = openBrowser();
    const { uid } = await enter(browser, code);
    const bad = await browser.post(`${idp.url}/sign-in/${uid}/new-password`, { password: 'short' });
    expect(bad.status).toBe(422);
    const set = await browser.post(`${idp.url}/sign-in/${uid}/new-password`, { password: 'amber kettle drifts north' });
    expect(codeOf(await browser.follow(set, idp.url))).not.toBe('');
  });

  it.each([
    ['unknown', '0000-0000-0000-0000'],
    ['not a code', 'hello'],
    ['empty', ''],
    ['injection', "'; DROP TABLE account; --"],
  ])('refuses any other, with the same page [%s]', async (_name, code) => {
    const { uid, answer } = await enter(openBrowser(), code);
    const reference = await enter(openBrowser(), '1111-1111-1111-1111');
    expect(answer.status).toBe(403);
    expect(answer.text.replaceAll(uid, 'UID')).toBe(reference.answer.text.replaceAll(reference.uid, 'UID'));
    await forget();
  });

  it('refuses the new-passkey page to an interaction without a code', async () => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'library');
    expect((await browser.get(`${idp.url}/sign-in/${uid}/new-passkey`)).status).toBe(400);
    expect((await postJson(browser, `${idp.url}/sign-in/${uid}/new-passkey/options`)).json['code']).toBe(
      'interaction-expired',
    );
  });

  it('refuses another browser the pass of an interaction', async () => {
    const [code = ''] = await sheetOf(student);
    const { uid } = await enter(openBrowser(), code);
    expect((await postJson(openBrowser(), `${idp.url}/sign-in/${uid}/new-passkey/options`)).json['code']).toBe(
      'interaction-expired',
    );
  });

  it('slows wrong codes after five', async () => {
    const statuses: number[] = [];
    for (let round = 0; round < 7; round += 1)
      statuses.push((await enter(openBrowser(), '2222-2222-2222-2222')).answer.status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429]);
    await forget();
  });
});

describe('first claim', () => {
  it('takes the account with the code of the letter, then sets up a passkey', async () => {
    const account = await idp.addAccount({ number: '9202310000081' });
    await idp.database.run.raw('UPDATE account SET claimed_at = NULL WHERE id = ?', [account]);
    const issued = (await (
      await fetch(`${idp.url}/v1/claim-codes`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ student_numbers: ['9202310000081'] }),
      })
    ).json()) as { issued: { code: string }[] };
    const code = issued.issued[0]?.code ?? '';
    const browser = openBrowser();
    const { uid, answer } = await enter(browser, code, 'claim');
    expect(answer.location).toContain('/new-passkey');
    expect((await setUpPasskey(browser, uid)).status).toBe(200);
    expect((await enter(openBrowser(), code, 'claim')).answer.status).toBe(403);
    await forget();
  });

  it.each(['passkey', 'password'])(
    'is refused where the person has a way in already, as the letter may have been found [%s]',
    async (way) => {
      const number = way === 'passkey' ? '9202310000082' : '9202310000083';
      const account = await idp.addAccount({ number });
      await idp.database.run.raw('UPDATE account SET claimed_at = NULL WHERE id = ?', [account]);
      const answer = await fetch(`${idp.url}/v1/claim-codes`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ student_numbers: [number] }),
      });
      const code = ((await answer.json()) as { issued: { code: string }[] }).issued[0]?.code ?? '';
      // As after a claim by the wallet: in by presentation, then a passkey or a password of one's own.
      if (way === 'passkey') await registerPasskey(idp, account);
      else
        await (await openAccount(idp, account, 'wallet-presentation')).post(`${idp.url}/account/password`, {
          password: 'teal otter reads maps',
        });
      expect((await enter(openBrowser(), code, 'claim')).answer.status).toBe(403);
      await forget();
    },
  );
});

describe('recovery of somebody with a role', () => {
  const pair = async (number: string, opener: string, approver: string) => {
    const opened = await callAs(`account:${opener}`, '/v1/recoveries', { number, reason: '手机丢失' });
    expect(opened.status, JSON.stringify(opened.json)).toBe(201);
    return callAs(`account:${approver}`, `/v1/recoveries/${opened.json['id']}/approve`, {});
  };
  it.each([
    ['an operator opens', 't8005', 't8002'],
    ['an operator approves', 't8002', 't8005'],
  ])('takes an operator [%s]', async (_variant, opener, approver) => {
    expect((await pair('T8006', opener, approver)).status).toBe(200);
  });
  it.each([
    ['two card officers', 'T8005', 't8002', 't8004'],
    ['registrar and card officer, for a guard', 'T8003', 't8001', 't8002'],
    ['an operator of one college', 'T8005', 't8002', 't8007'],
  ])('refuses without an operator of the university [%s]', async (_variant, number, opener, approver) => {
    expect((await pair(number, opener, approver)).json['code']).toBe('not-allowed');
  });
  it('refuses the person himself as approver [operator]', async () => {
    expect((await pair('T8006', 't8005', 't8006')).json['code']).toBe('not-allowed');
  });
  it('looks at the roles of the opener again [lost in between]', async () => {
    const opened = await callAs('account:t8004', '/v1/recoveries', { number: NUMBER, reason: 'x' });
    const roles = `account_role WHERE account_id = (SELECT id FROM account WHERE number = 'T8004')`;
    await idp.database.run.raw(`DELETE FROM ${roles}`);
    const approved = await callAs('account:t8002', `/v1/recoveries/${opened.json['id']}/approve`, {});
    expect(approved.json['code']).toBe('not-allowed');
  });
});

describe('recovery by two members of staff', () => {
  it('gives a code only when another person approves, and the code works once within 15 minutes', async () => {
    const opened = await callAs('account:t8001', '/v1/recoveries', { number: NUMBER, reason: '手机丢失' });
    expect(opened.status, JSON.stringify(opened.json)).toBe(201);
    const path = `/v1/recoveries/${opened.json['id']}/approve`;
    expect((await callAs('account:t8001', path, {})).json['code']).toBe('recovery-not-open');
    const approved = await callAs('account:t8002', path, {});
    expect(approved.status).toBe(200);
    expect((await callAs('account:t8002', path, {})).status).toBe(409);
    const code = String(approved.json['code']);
    const first = await enter(openBrowser(), code);
    expect(first.answer.status).toBe(303);
    expect((await enter(openBrowser(), code)).answer.status).toBe(403);
    const listed = await callAs('account:t8002', '/v1/recoveries');
    expect((listed.json['recoveries'] as { state: string; opened_by: string; approved_by: string }[])[0]).toMatchObject(
      { state: 'used', opened_by: 'T8001', approved_by: 'T8002' },
    );
    await forget();
  });

  it.each([
    ['30 minutes to approve', 1_801_000, 'approve'],
    ['15 minutes to enter', 901_000, 'enter'],
  ])('expires [%s]', async (_name, ms, step) => {
    const opened = await callAs('account:t8001', '/v1/recoveries', { number: NUMBER, reason: 'x' });
    const path = `/v1/recoveries/${opened.json['id']}/approve`;
    if (step === 'approve') idp.clock.moveMs(ms);
    const approved = await callAs('account:t8002', path, {});
    if (step === 'enter') idp.clock.moveMs(ms);
    const entered =
      approved.status === 200 ? (await enter(openBrowser(), String(approved.json['code']))).answer.status : undefined;
    idp.clock.moveMs(-ms);
    expect(step === 'approve' ? approved.json['code'] : entered).toBe(step === 'approve' ? 'recovery-not-open' : 403);
    await forget();
  });

  it('is approved once, of 20 at once', async () => {
    const opened = await callAs('account:t8001', '/v1/recoveries', { number: NUMBER, reason: 'x' });
    const path = `/v1/recoveries/${opened.json['id']}/approve`;
    const done = await Promise.all(Array.from({ length: 20 }, () => callAs('account:t8002', path, {})));
    expect(done.filter((one) => one.status === 200)).toHaveLength(1);
  });

  it.each([
    ['no person', undefined, 'person-needed'],
    ['the operator', 'operator', 'person-needed'],
    ['a role that does not help', 'account:t8003', 'not-allowed'],
    ['nobody', 'account:t9999', 'not-allowed'],
    ['a student', `account:${NUMBER}`, 'not-allowed'],
    ['oneself', 'account:t8001', 'not-allowed'],
  ])('refuses to open for the wrong person [%s]', async (name, actor, code) => {
    const number = name === 'oneself' ? 'T8001' : NUMBER;
    expect((await callAs(actor, '/v1/recoveries', { number, reason: 'x' })).json['code']).toBe(code);
  });

  it('refuses the operator token', async () => {
    const response = await fetch(`${idp.url}/v1/recoveries`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ number: NUMBER, reason: 'x' }),
    });
    expect(response.status).toBe(403);
  });
});
