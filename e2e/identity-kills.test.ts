import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Browser, openBrowser } from '../idp/test/service/support/browser.js';
import { beginAuthorization, codeOf, interactionOf, redeem } from '../idp/test/service/support/oidc-client.js';
import { demoNumber } from '../launcher/src/demo/demo-roster.js';
import { createSoftwareWallet, type OfferObject } from '../launcher/src/software-wallet/software-wallet.js';
import { eventually, type Installation, startInstallation } from './support/installation.js';

/** The identity layer is killed in the middle of sign-ins, validations and sign-outs: nothing is lost, nothing counts twice. */
const ROUNDS = 8;
const REDIRECT = 'http://localhost:9999/callback';
const SERVICE = 'http://localhost:9998/app/';
let installation: Installation;
let idp: string;
let secret: string;
let service: Server;
const logouts: string[] = [];

beforeAll(async () => {
  service = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      logouts.push(new URLSearchParams(body).get('logout_token') ?? '');
      response.end();
    });
  });
  await new Promise<void>((resolve) => service.listen(0, 'localhost', resolve));
  installation = await startInstallation({ LANYARD_AGENTS: '' });
  idp = installation.run.services.idp;
  const party = await installation.operator<{ client_secret: string }>('idp', '/v1/relying-parties', {
    client_id: 'tour',
    client_name: 'Tour',
    redirect_uris: [REDIRECT],
    backchannel_logout_uri: `http://localhost:${(service.address() as AddressInfo).port}/logout`,
  });
  secret = party.client_secret;
  await installation.operator('idp', '/v1/relying-parties', {
    id: 'old',
    name_zh: '旧系统',
    name_en: 'Old system',
    protocol: 'cas',
    purpose_zh: '登录',
    purpose_en: 'Sign-in',
    cas: { services: [{ url: SERVICE }] },
  });
});
afterAll(async () => {
  service.closeAllConnections();
  service.close();
  await installation.stop();
});

async function signedIn(seat: number): Promise<Browser> {
  const offer = await installation.operator<{ credential_offer: OfferObject; tx_code: string }>(
    'issuer',
    '/v1/credential-offers',
    {
      student_number: demoNumber(seat),
    },
  );
  const wallet = createSoftwareWallet();
  await wallet.claim(offer.credential_offer, offer.tx_code, { ids: 10, passes: 0 });
  const browser = openBrowser();
  const uid = interactionOf(await browser.get(authorization().address)) ?? '';
  const back = await wallet.presentTo((await browser.get(`${idp}/sign-in/${uid}/wallet`)).location ?? '');
  await browser.follow(await browser.get(back ?? ''), idp);
  return browser;
}
const authorization = () => beginAuthorization({ idp, clientId: 'tour', redirectUri: REDIRECT });
/** A call that the death of the process may cut off. */
const perhaps = <T>(work: () => Promise<T>): Promise<T | undefined> => work().catch(() => undefined);

async function killAndWait(): Promise<number> {
  const before = installation.pids()['idp'] ?? 0;
  process.kill(before, 'SIGKILL');
  const began = Date.now();
  await eventually(
    () =>
      fetch(`${idp}/readyz`).then(
        (answer) => answer.ok && installation.pids()['idp'] !== before,
        () => false,
      ),
    (ready) => ready,
    20_000,
  );
  return Date.now() - began;
}

it('loses no session and honours no code or ticket twice while it is killed under load', async () => {
  const browser = await signedIn(200);
  const successes = { code: 0, ticket: 0, twice: 0 };
  let over = false;
  async function worker(): Promise<void> {
    while (!over) {
      const request = authorization();
      const answer = await perhaps(() => browser.get(request.address));
      const code = answer === undefined ? '' : codeOf(answer);
      if (code !== '') {
        const redeemed = await Promise.all(
          [1, 2].map(() =>
            perhaps(() =>
              redeem(
                idp,
                { id: 'tour', secret },
                { grant_type: 'authorization_code', code, code_verifier: request.verifier, redirect_uri: REDIRECT },
              ),
            ),
          ),
        );
        const good = redeemed.filter((one) => one?.status === 200).length;
        successes.code += good;
        successes.twice += good > 1 ? 1 : 0;
      }
      const entered = await perhaps(async () =>
        browser.follow(await browser.get(`${idp}/cas/login?service=${encodeURIComponent(SERVICE)}`), idp),
      );
      const ticket = new URL(entered?.location ?? 'x:').searchParams.get('ticket');
      if (ticket === null) continue;
      const validated = await Promise.all(
        [1, 2].map(() =>
          perhaps(() =>
            fetch(`${idp}/cas/serviceValidate?service=${encodeURIComponent(SERVICE)}&ticket=${ticket}`).then((one) =>
              one.text(),
            ),
          ),
        ),
      );
      const good = validated.filter((text) => text?.includes('authenticationSuccess')).length;
      successes.ticket += good;
      successes.twice += good > 1 ? 1 : 0;
    }
  }
  const workers = [worker(), worker(), worker()];
  const backMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 300 + ((round * 137) % 500)));
    backMs.push(await killAndWait());
    // The session that was acknowledged before is there afterwards.
    expect(interactionOf(await browser.get(authorization().address))).toBeUndefined();
  }
  over = true;
  await Promise.all(workers);
  expect(successes.twice).toBe(0);
  expect(successes.code).toBeGreaterThan(ROUNDS);
  expect(successes.ticket).toBeGreaterThan(ROUNDS);
  expect(Math.max(...backMs)).toBeLessThan(10_000);
});

it('makes the logout calls it owes after it was killed at the moment of the sign-out', async () => {
  for (const seat of [204, 208, 212]) {
    const browser = await signedIn(seat);
    const before = logouts.length;
    const answer = await browser.post(`${idp}/logout`, {});
    expect(answer.status).toBeLessThan(400);
    await killAndWait();
    await eventually(
      () => Promise.resolve(logouts.length),
      (count) => count > before,
      60_000,
    );
    expect(interactionOf(await browser.get(authorization().address))).toBeDefined();
  }
});

it('keeps its audit whole through all of it', async () => {
  await eventually(
    () => installation.operator<{ ok: boolean; unsealed: number }>('idp', '/v1/audit/verification'),
    (check) => check.ok && check.unsealed === 0,
    5_000,
  );
});
