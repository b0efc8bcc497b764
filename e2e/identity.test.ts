import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Browser, openBrowser } from '../idp/test/service/support/browser.js';
import { beginAuthorization, codeOf, interactionOf, redeem } from '../idp/test/service/support/oidc-client.js';
import { demoNumber, makeDemoRoster } from '../launcher/src/demo/demo-roster.js';
import {
  createSoftwareWallet,
  type OfferObject,
  type SoftwareWallet,
} from '../launcher/src/software-wallet/software-wallet.js';
import { readDrawnCode } from './support/drawn-code.js';
import { eventually, type Installation, startInstallation } from './support/installation.js';

/** Sign-in with the student ID, for an OpenID Connect client and for one that speaks CAS only; first claims by code. */
const OIDC = 'http://localhost:9999/callback';
const CAS = 'http://localhost:9998/app/';
const STUDENT = demoNumber(40);
const OTHER = demoNumber(60);
let installation: Installation;
let idp: string;
let secret: string;
let wallet: SoftwareWallet;

beforeAll(async () => {
  installation = await startInstallation({ LANYARD_AGENTS: '' });
  idp = installation.run.services.idp;
  const added = await installation.operator<{ client_secret: string }>('idp', '/v1/relying-parties', {
    client_id: 'tour',
    client_name: 'Tour',
    redirect_uris: [OIDC],
    claims: ['name', 'student_number'],
    purpose_zh: '试用',
    purpose_en: 'A try',
  });
  secret = added.client_secret;
  await installation.operator('idp', '/v1/relying-parties', {
    id: 'old',
    name_zh: '旧系统',
    name_en: 'Old system',
    protocol: 'cas',
    claims: ['name'],
    purpose_zh: '登录',
    purpose_en: 'Sign-in',
    cas: { services: [{ url: CAS, match: 'prefix' }] },
  });
  wallet = await claim(STUDENT);
});
afterAll(() => installation.stop());

async function claim(number: string): Promise<SoftwareWallet> {
  const offer = await installation.operator<{ credential_offer: OfferObject; tx_code: string }>(
    'issuer',
    '/v1/credential-offers',
    {
      student_number: number,
    },
  );
  const made = createSoftwareWallet();
  await made.claim(offer.credential_offer, offer.tx_code);
  return made;
}
const authorization = () => beginAuthorization({ idp, clientId: 'tour', redirectUri: OIDC });

/** What a person does on one device: the link on the page, and the wallet's way back. */
async function presentHere(browser: Browser, uid: string, with_: SoftwareWallet): Promise<Answer> {
  const toWallet = await browser.get(`${idp}/sign-in/${uid}/wallet`);
  const back = await with_.presentTo(toWallet.location ?? '');
  return browser.follow(await browser.get(back ?? ''), idp);
}

/** The first screen of a sign-in across devices: the code, and the number to choose. */
async function showCode(browser: Browser, uid: string) {
  const page = await browser.get(`${idp}/sign-in/${uid}/wallet/scan`);
  const base = /data-state="([^"]+)\/state"/.exec(page.text)?.[1] ?? '';
  const number = /class="match-number">(\d\d)</.exec(page.text)?.[1] ?? '';
  const link = await readDrawnCode(page.text);
  return { base, number, id: base.split('/').at(-1) ?? '', link };
}

describe('sign-in with the student ID', () => {
  it('takes one link and one consent on one device [OpenID Connect]', async () => {
    const browser = openBrowser();
    const request = authorization();
    const uid = interactionOf(await browser.get(request.address)) ?? '';
    const end = await presentHere(browser, uid, wallet);
    const tokens = await redeem(
      idp,
      { id: 'tour', secret },
      {
        grant_type: 'authorization_code',
        code: codeOf(end),
        code_verifier: request.verifier,
        redirect_uri: OIDC,
      },
    );
    const [, payload = ''] = String(tokens.body['id_token']).split('.');
    const idToken = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(Object.keys(idToken)).not.toContain('student_number');
    expect(idToken).toMatchObject({ acr: 'urn:lanyard:acr:wallet-presentation', nonce: request.nonce });
    const info = await fetch(`${idp}/me`, { headers: { Authorization: `Bearer ${tokens.body['access_token']}` } });
    expect(await info.json()).toMatchObject({ student_number: STUDENT });
  });

  it('works for a service that speaks CAS only', async () => {
    const browser = openBrowser();
    const service = `${CAS}home`;
    const start = await browser.follow(
      await browser.get(`${idp}/cas/login?service=${encodeURIComponent(service)}`),
      idp,
    );
    const end = await presentHere(browser, interactionOf(start) ?? '', wallet);
    const ticket = new URL(end.location ?? '').searchParams.get('ticket') ?? '';
    const answer = await fetch(
      `${idp}/cas/p3/serviceValidate?service=${encodeURIComponent(service)}&ticket=${ticket}&format=JSON`,
    );
    const { serviceResponse } = (await answer.json()) as {
      serviceResponse: { authenticationSuccess: { user: string } };
    };
    expect(serviceResponse.authenticationSuccess.user).toBe(STUDENT);
  });

  it('does not finish in another browser than the one that began', async () => {
    const browser = openBrowser();
    const uid = interactionOf(await browser.get(authorization().address)) ?? '';
    const toWallet = await browser.get(`${idp}/sign-in/${uid}/wallet`);
    const back = await wallet.presentTo(toWallet.location ?? '');
    const stranger = await openBrowser().get(back ?? '');
    expect(stranger.status).toBe(400);
  });

  it('refuses a suspended student ID, and says so', async () => {
    const suspended = await claim(OTHER);
    expect((await installation.lanyard('credential', 'suspend', OTHER, '--reason', 'lost-phone')).status).toBe(0);
    const browser = openBrowser();
    const { answer: refused } = await eventually(
      async () => {
        const uid = interactionOf(await browser.get(authorization().address)) ?? '';
        return presentHere(browser, uid, suspended);
      },
      (answer) => answer.text.includes('credential-suspended'),
      5_000,
    );
    expect(refused.status).toBe(403);
  });
});

describe('sign-in across devices', () => {
  it('needs the number of the first screen, chosen on the phone', async () => {
    const desk = openBrowser();
    const uid = interactionOf(await desk.get(authorization().address)) ?? '';
    const { base, number, id, link } = await showCode(desk, uid);
    const back = await wallet.presentTo(link);
    const phone = openBrowser();
    const question = await phone.get(back ?? '');
    expect(question.status).toBe(200);
    const responseCode = new URL(back ?? '').searchParams.get('response_code') ?? '';
    const chosen = await phone.post(`${idp}/wallet-match/${id}`, { response_code: responseCode, number });
    expect(chosen.status).toBe(200);
    const state = await desk.get(`${idp}${base}/state`);
    expect(JSON.parse(state.text)).toEqual({ state: 'matched' });
    const end = await desk.follow(await desk.get(`${idp}${base}/done`), idp);
    expect(codeOf(end)).not.toBe('');
    // Once.
    expect((await desk.get(`${idp}${base}/done`)).status).not.toBe(303);
  });

  it.each([
    ['a wrong number', '00'],
    ['none of them', 'none'],
  ])('stops a request relayed to a victim [%s]', async (_variant, number) => {
    const attacker = openBrowser();
    const uid = interactionOf(await attacker.get(authorization().address)) ?? '';
    const { base, id, link } = await showCode(attacker, uid);
    // The victim agrees in the wallet, and has no first screen to read a number from.
    const back = await wallet.presentTo(link);
    const responseCode = new URL(back ?? '').searchParams.get('response_code') ?? '';
    const victim = openBrowser();
    const answer = await victim.post(`${idp}/wallet-match/${id}`, { response_code: responseCode, number });
    expect(answer.status).toBe(403);
    expect(JSON.parse((await attacker.get(`${idp}${base}/state`)).text)).toMatchObject({ state: 'refused' });
    expect((await attacker.get(`${idp}${base}/done`)).status).toBe(403);
    // There is one try.
    const again = await victim.post(`${idp}/wallet-match/${id}`, { response_code: responseCode, number: '42' });
    expect(again.text).toContain('expired');
  });
});

describe('first claim with a claim code', () => {
  interface Issued {
    issued: { number: string; code: string }[];
  }
  const issue = (number: string) =>
    installation
      .operator<Issued>('idp', '/v1/claim-codes', { student_numbers: [number] })
      .then(({ issued }) => issued[0]?.code ?? '');
  const ask = (code: string, secret_: string) =>
    fetch(`${idp}/v1/wallet-claims`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: installation.run.services.wallet },
      body: JSON.stringify({ code, wallet_secret: secret_ }),
    });
  const messages = () => {
    const folder = join(installation.home, 'issuer', 'notices');
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map(
      (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { kind: string; channel: string; text: string },
    );
  };
  const SECRET = 'A'.repeat(43);

  it('gives the wallet an offer; the transaction code goes to phone and e-mail, and not to the wallet', async () => {
    const code = await issue(demoNumber(101));
    const answer = await ask(code.toLowerCase().replaceAll('-', ' '), SECRET);
    const offer = (await answer.json()) as { credential_offer_uri: string; tx_code_sent: string[]; tx_code?: string };
    expect([answer.status, offer.tx_code_sent, offer.tx_code]).toEqual([201, ['phone', 'email'], undefined]);
    const { answer: told } = await eventually(
      () => Promise.resolve(messages()),
      (all) =>
        all.filter((one) => one.kind === 'transaction-code').length >= 2 &&
        all.some((one) => one.kind === 'wallet-claimed'),
      5_000,
    );
    const txCode = /验证码 (\d{6})/.exec(told.find((one) => one.kind === 'transaction-code')?.text ?? '')?.[1] ?? '';
    const fetched = (await (await fetch(offer.credential_offer_uri)).json()) as OfferObject;
    const claimed = createSoftwareWallet();
    await claimed.claim(fetched, txCode);
    expect(claimed.held['student-id-sd-jwt']).toHaveLength(10);
  });

  it('binds the code to the first wallet: the same may come again, another may not', async () => {
    const code = await issue(demoNumber(121));
    expect((await ask(code, SECRET)).status).toBe(201);
    expect((await ask(code, SECRET)).status).toBe(201);
    expect((await ask(code, 'B'.repeat(43))).status).toBe(403);
  });

  it.each([
    ['a code that was never issued', 'AAAA-AAAA-AAAA-AAAA'],
    ['no code at all', 'letter'],
  ])('refuses %s in the same words', async (_variant, code) => {
    const answer = await ask(code, SECRET);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, 'claim-code-invalid']);
  });

  it('ends the former code when a new one is issued', async () => {
    const former = await issue(demoNumber(141));
    const present = await issue(demoNumber(141));
    expect((await ask(former, SECRET)).status).toBe(403);
    expect((await ask(present, SECRET)).status).toBe(201);
  });
});

describe('leaving the university', () => {
  it('ends sessions and sign-in with the register, within seconds', async () => {
    const leaver = demoNumber(80);
    const theirs = await claim(leaver);
    const browser = openBrowser();
    const uid = interactionOf(await browser.get(authorization().address)) ?? '';
    expect(codeOf(await presentHere(browser, uid, theirs))).not.toBe('');
    await expelByRoster(leaver);
    await eventually(
      async () => interactionOf(await browser.get(authorization().address)),
      (asked) => asked !== undefined,
      5_000,
    );
  });

  /** A roster of one line with another status; the column names of the export, values of the demo. */
  async function expelByRoster(number: string): Promise<void> {
    const [header = '', ...rows] = makeDemoRoster('4199090001').split(/\r?\n/);
    const row = rows.find((line) => line.includes(number)) ?? '';
    const changed = row.replace(/在籍在读|注册学籍/, '退学');
    const answer = await fetch(`${installation.run.services.issuer}/v1/roster-imports`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${installation.token}`, 'Content-Type': 'text/csv' },
      body: `${header}\n${changed}\n`,
    });
    expect(((await answer.json()) as { state: string }).state).toBe('applied');
  }
});
