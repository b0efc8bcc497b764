import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServiceClient, type ServiceClient, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundCard } from '../../../../issuer/test/service/support/cards.js';
import { claimAt, roster } from '../../../../issuer/test/service/support/claim.js';
import { startIssuer, type TestIssuer } from '../../../../issuer/test/service/support/start-issuer.js';
import { addParty, openAccount, REDIRECT } from '../sign-in/person.js';
import { openBrowser } from '../support/browser.js';
import { type IdpUnderTest, startIdp } from '../support/idp-under-test.js';
import { beginAuthorization, codeOf, redeem, signInThrough } from '../support/oidc-client.js';

const NUMBER = '202301000001';
const CANARY_NAME = '邓涛波';
let folder: string;
let issuer: TestIssuer;
let idp: IdpUnderTest;
let asIssuer: ServiceClient;
let student: string;
let secret: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-own-things-'));
  const key = generateKeyPair();
  writeFileSync(join(folder, 'issuer.jwk.json'), JSON.stringify(key.jwk));
  issuer = await startIssuer('http://localhost:8080', {
    environment: { LANYARD_PUBLIC_URL_IDP: 'http://localhost:1' },
  });
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: '2026' } });
  await boundCard(issuer, 7, NUMBER);
  await claimAt(issuer, NUMBER);
  idp = await startIdp({ LANYARD_PUBLIC_URL_ISSUER: issuer.url, LANYARD_CALLERS: folder });
  copyFileSync(join(folder, 'idp.jwk.json'), join(issuer.folder, 'idp.jwk.json'));
  const sign = createSigner(key.privateKey);
  asIssuer = createServiceClient({ baseUrl: idp.url, audience: 'idp', caller: 'issuer', sign, clock: systemClock });
  student = await idp.addAccount({ number: NUMBER, name: CANARY_NAME });
  secret = (await addParty(idp, 'library', { claims: ['name'], purpose_zh: '借书', purpose_en: 'Lending' })) as string;
}, 120_000);
afterAll(async () => {
  await idp?.close();
  await issuer?.close();
  rmSync(folder, { recursive: true, force: true });
});

const page = async (browser: Awaited<ReturnType<typeof openAccount>>) =>
  (await browser.get(`${idp.url}/account/student-id`)).text;

describe('a student in any browser', () => {
  it('stops phone and card in two taps after sign-in each: the link, the button', async () => {
    const browser = await openAccount(idp, student);
    expect((await browser.get(`${idp.url}/account`)).text).toContain('href="/account/student-id"');
    const before = await page(browser);
    expect(before).toContain('action="/account/student-id/block-phone"');
    expect(before).toContain('action="/account/student-id/block-card"');
    expect((await browser.post(`${idp.url}/account/student-id/block-phone`, {})).status).toBe(303);
    expect((await browser.post(`${idp.url}/account/student-id/block-card`, {})).status).toBe(303);
    const after = await page(browser);
    expect(after).not.toContain('action="/account/student-id/block-');
    const { rows } = await issuer.database.run.raw(
      'SELECT hs.credential_state, c.state FROM holder_state hs JOIN card c ON c.student_id = hs.student_id WHERE hs.student_number = ?',
      [NUMBER],
    );
    expect(rows).toEqual([{ credential_state: 'suspended', state: 'suspended' }]);
  });

  it('moves to a new phone with one more: a link and a code that need nothing typed', async () => {
    const browser = await openAccount(idp, student);
    const moved = await browser.post(`${idp.url}/account/student-id/new-phone`, {});
    expect(moved.status).toBe(200);
    expect(moved.text).toContain('/claim?credential_offer_uri=');
    expect(moved.text).toContain('<svg ');
    const { rows } = await issuer.database.run.raw(
      'SELECT count(*) FILTER (WHERE w.retired_at IS NULL) AS live FROM wallet w',
    );
    expect(Number(rows[0].live)).toBe(0);
  });

  it('does neither without a session, nor from a page elsewhere, nor moves with an old proof', async () => {
    const stranger = openBrowser();
    expect((await stranger.get(`${idp.url}/account/student-id`)).status).toBe(303);
    for (const act of ['block-phone', 'block-card', 'new-phone']) {
      const url = `${idp.url}/account/student-id/${act}`;
      expect((await stranger.post(url, {})).status).toBe(403);
      const browser = await openAccount(idp, student);
      expect((await browser.post(url, {}, { Origin: 'https://evil.example' })).status).toBe(403);
    }
    const browser = await openAccount(idp, student);
    idp.clock.moveMs(6 * 60_000);
    expect((await browser.post(`${idp.url}/account/student-id/new-phone`, {})).status).toBe(403);
    idp.clock.moveMs(-6 * 60_000);
  });

  it('is nothing for staff, who have neither', async () => {
    const staff = await idp.addAccount({ number: 'T1', kind: 'staff', roles: ['registrar'] });
    const browser = await openAccount(idp, staff);
    expect((await browser.get(`${idp.url}/account/student-id`)).status).toBe(404);
    expect((await browser.get(`${idp.url}/account`)).text).not.toContain('/account/student-id');
  });
});

describe('services that were told of a student', () => {
  it('are listed for the issuer with purpose and names of claims, by day and without values', async () => {
    const { address, verifier } = beginAuthorization({ idp: idp.url, clientId: 'library', redirectUri: REDIRECT });
    const back = await signInThrough(openBrowser(), idp.url, address, { account: student });
    const grant = {
      grant_type: 'authorization_code',
      code: codeOf(back),
      redirect_uri: REDIRECT,
      code_verifier: verifier,
    };
    const { body: tokens } = await redeem(idp.url, { id: 'library', secret }, grant as Record<string, string>);
    for (let n = 0; n < 2; n += 1)
      await fetch(`${idp.url}/me`, { headers: { Authorization: `Bearer ${tokens['access_token']}` } });
    const body = { student_number: NUMBER };
    const { disclosures } = await asIssuer.json<{ disclosures: { times: number; name_en: string }[] }>(
      '/v1/person-disclosures',
      { method: 'POST', body },
    );
    expect(disclosures).toMatchObject([{ times: 2, claims: ['name'], purpose_zh: '借书', purpose_en: 'Lending' }]);
    expect(JSON.stringify(disclosures)).not.toContain(CANARY_NAME);
  });

  it('and all that is kept of him, without what would let anybody in', async () => {
    const kept = await asIssuer.json<Record<string, unknown[]>>('/v1/person-exports', {
      method: 'POST',
      body: { student_number: NUMBER },
    });
    expect(kept['account']).toMatchObject({ number: NUMBER, name: CANARY_NAME, state: 'active' });
    expect(kept['sessions']?.length).toBeGreaterThan(0);
    expect(kept['audit']?.length).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).not.toMatch(/digest|hash|public_key|credential_id/);
  });

  it('for the issuer alone [operator] [open] [nobody’s number]', async () => {
    for (const path of ['/v1/person-disclosures', '/v1/person-exports']) {
      const init = {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ student_number: NUMBER }),
      };
      expect((await fetch(`${idp.url}${path}`, init)).status).toBe(401);
    }
    await expect(
      asIssuer.json('/v1/person-exports', { method: 'POST', body: { student_number: '1' } }),
    ).rejects.toMatchObject({ status: 404 });
  });
});
