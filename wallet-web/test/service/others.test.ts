import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { dcApiSessionTranscript, verifyDeviceResponse } from '@lanyard/protocol/mdoc';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { compressPoint, parseCertificate } from '@lanyard/protocol/x509';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keptIn } from './support/kept.js';
import { claim, type Phone, startWallet, type TestWallet } from './support/start-wallet.js';
import { LIBRARY_VCT, startForeignIssuer, type TestForeignIssuer } from './support/test-issuer.js';
import { DOC_TYPE, mdocQueryFor, queryFor, startVerifier, type TestVerifier } from './support/test-verifier.js';

let wallet: TestWallet;
let library: TestForeignIssuer;
let verifier: TestVerifier;
let phone: Phone;
const NUMBER = '202301000001';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env['LANYARD_SHOTS'];
const shot = async (page: Page, name: string) => {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
};

beforeAll(async () => {
  if (shots !== undefined) mkdirSync(shots, { recursive: true });
  wallet = await startWallet(7950, 'http://localhost:7951');
  verifier = await startVerifier(7951, wallet.url, wallet.issuer);
  library = await startForeignIssuer(7952);
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  phone = await wallet.phone();
  // A colour on its way from one theme to the other is not the colour of either.
  await phone.page.emulateMedia({ reducedMotion: 'reduce' });
}, 120_000);
afterAll(async () => {
  await wallet?.close();
  await library?.close();
  await verifier?.close();
});

const openOffer = async (page: Page, ...configurations: string[]) => {
  await page.goto(`${wallet.url}/claim`);
  await page.getByTestId('offer-text').fill(library.offer(...configurations));
  await page.getByTestId('open-offer').click();
};
const problemOf = async (page: Page) => {
  await page.getByTestId('problem').waitFor();
  return page.getByTestId('problem').getAttribute('data-code');
};
const libraryQuery = {
  credentials: [
    { id: 'lib', format: 'dc+sd-jwt', meta: { vct_values: [LIBRARY_VCT] }, claims: [{ path: ['reader_number'] }] },
  ],
};

it('names an unknown issuer as unknown before anything is taken, and keeps its cards apart', async () => {
  const { page } = phone;
  await openOffer(page, 'student-id-sd-jwt', 'mdoc', 'other');
  const banner = await page.getByTestId('unknown-issuer').textContent();
  for (const words of ['不认识', 'localhost:7952', '没有为它作证']) expect(banner).toContain(words);
  expect(library.notifications).toEqual([]);
  await shot(page, 'foreign-offer-zh-390');
  await page.getByTestId('claim').click();
  await page.getByTestId('claim-done').click();
  const cards = page.getByTestId('other-card');
  await cards.first().waitFor();
  expect(await cards.count()).toBe(2);
  expect(await cards.first().textContent()).toContain('示例图书馆借书证');
  expect(await cards.first().textContent()).toContain('没有为这个发证方作证');
  await shot(page, 'other-cards-zh-390');
  // It used the name of our configuration, and is no student ID for that.
  await page.goto(wallet.url);
  await page.getByTestId('no-card').waitFor();
  await expect
    .poll(() => library.notifications.map(({ event, notification_id: id }) => `${event} ${id}`).sort(), {
      timeout: 15_000,
    })
    .toEqual(['credential_accepted of-mdoc', 'credential_accepted of-student-id-sd-jwt']);
});

it('presents it by DCQL, with the issuer’s own words, and says when the one copy was shown before', async () => {
  const { page } = phone;
  for (const round of [0, 1]) {
    const { link, id } = await verifier.ask({ query: libraryQuery });
    await page.goto(link);
    await page.getByTestId('agree').waitFor();
    expect(await page.getByTestId('told').textContent()).toContain('读者证号R-1');
    expect(await page.getByTestId('told').textContent()).toContain('示例图书馆');
    expect(await page.getByTestId('shown-before').count()).toBe(round);
    await page.getByTestId('agree').click();
    await page.getByTestId('answered').waitFor();
    expect(Object.keys(verifier.received.get(id)!.presentations)).toEqual(['lib']);
  }
});

it.each([
  ['another signature', 'student-id-sd-jwt', (text: string) => text.replace(/\.[^.~]{8}/, '.AAAAAAAA')],
  ['a disclosure that was changed', 'student-id-sd-jwt', (text: string) => text.replace(/~.{9}/, '~WyJhYWFhY')],
  [
    'a broken mdoc',
    'mdoc',
    (text: string) => `${text.slice(0, -24)}${text.at(-24) === 'A' ? 'B' : 'A'}${text.slice(-23)}`,
  ],
])('keeps no card that fails the checks, and tells its issuer [%s]', async (_name, configuration, spoil) => {
  const { page, context } = await wallet.phone();
  const before = library.notifications.length;
  library.spoil = spoil;
  await openOffer(page, configuration);
  await page.getByTestId('claim').click();
  expect(await problemOf(page)).toMatch(/^credential-/);
  library.spoil = undefined;
  expect(library.notifications.slice(before)).toEqual([
    { notification_id: `of-${configuration}`, event: 'credential_failure' },
  ]);
  await page.goto(`${wallet.url}/card`);
  await page.getByTestId('no-card').waitFor();
  expect(await page.getByTestId('other-card').count()).toBe(0);
  await context.close();
});

it('refuses an offer of which it understands nothing', async () => {
  const { page } = phone;
  await openOffer(page, 'other');
  await page.getByTestId('claim').click();
  expect(await problemOf(page)).toBe('offer-not-supported');
});

it('deletes such a card with two taps and tells its issuer, once there is a network', async () => {
  const { page, context } = phone;
  await page.goto(`${wallet.url}/card`);
  await page.getByTestId('other-card').first().waitFor();
  await context.setOffline(true);
  await page.getByTestId('delete-other').first().click();
  await shot(page, 'delete-other-zh-390');
  await page.getByTestId('delete-other-confirm').click();
  await expect.poll(() => page.getByTestId('other-card').count()).toBe(1);
  expect(library.notifications.some(({ event }) => event === 'credential_deleted')).toBe(false);
  await context.setOffline(false);
  await expect
    .poll(() => library.notifications.filter(({ event }) => event === 'credential_deleted').length, { timeout: 15_000 })
    .toBe(1);
});

/** A page of a verifier that opens the wallet as it would call the browser's API. */
async function callWallet(page: Page, request: object, from = 'http://localhost:7951/back/x'): Promise<Page> {
  await page.goto(from);
  const popup = page.waitForEvent('popup');
  await page.evaluate(
    ([walletUrl, message]) => {
      Object.assign(window, { answers: [] });
      addEventListener('message', (event) => {
        if (event.origin !== walletUrl) return;
        const data = event.data as { type: string };
        if (data.type === 'lanyard-dc-ready') (event.source as Window).postMessage(message, walletUrl as string);
        else (window as never as { answers: unknown[] }).answers.push(data);
      });
      open(`${walletUrl}/dc`);
    },
    [wallet.url, { type: 'lanyard-dc-request', requests: [request] }] as const,
  );
  return popup;
}
const answersOf = (page: Page) =>
  page.evaluate(
    () =>
      (
        window as never as {
          answers: { credential?: { data: { vp_token: Record<string, string[]> } }; error?: string }[];
        }
      ).answers,
  );
const dcRequest = (change: object = {}) => ({
  protocol: 'openid4vp-v1-unsigned',
  data: {
    response_type: 'vp_token',
    response_mode: 'dc_api',
    nonce: 'n'.repeat(22),
    dcql_query: queryFor('level'),
    ...change,
  },
});

it('answers a page that hands its request over as to the Digital Credentials API, bound to its origin', async () => {
  const { page, context } = await wallet.phone();
  await claim(wallet, page, NUMBER);
  const verifierPage = await context.newPage();
  const query = { credentials: [...queryFor('level').credentials, ...mdocQueryFor('level').credentials] };
  const dc = await callWallet(verifierPage, dcRequest({ dcql_query: query }));
  await dc.getByTestId('agree-unknown').waitFor();
  expect(await dc.getByTestId('asker-host').textContent()).toBe('localhost:7951');
  await dc.setViewportSize({ width: 390, height: 844 });
  await shot(dc, 'dc-zh-390');
  await dc.getByTestId('agree-unknown').click();
  await dc.getByTestId('agree-unknown-confirm').click();
  await dc.getByTestId('answered').waitFor();
  const [answer] = await answersOf(verifierPage);
  const presentations = answer!.credential!.data.vp_token;
  const binding = presentations['id']![0]!.split('~').at(-1)!.split('.')[1]!;
  expect(JSON.parse(Buffer.from(binding, 'base64url').toString())).toMatchObject({
    ...{ aud: 'origin:http://localhost:7951', nonce: 'n'.repeat(22) },
  });
  const verify = (origin: string) =>
    verifyDeviceResponse(new Uint8Array(Buffer.from(presentations['mdoc']![0]!, 'base64url')), {
      sessionTranscript: dcApiSessionTranscript(
        { origin, nonce: 'n'.repeat(22), jwkThumbprint: undefined },
        nodeCrypto.sha256,
      ),
      ...{ nowSeconds: Math.floor(Date.now() / 1000), crypto: nodeCrypto },
      findIssuerKey: ({ x5chain }) =>
        nodeCrypto.importVerifyKey(compressPoint(parseCertificate(x5chain[0]!).publicPoint)),
    });
  expect([...(verify('http://localhost:7951')[0].elements.get(DOC_TYPE)?.keys() ?? [])]).toEqual(['level']);
  expect(() => verify('http://localhost:7952')).toThrow();
  await dc.close();
  const refused = await callWallet(verifierPage, dcRequest());
  await refused.getByTestId('refuse').click();
  await refused.getByTestId('declined').waitFor();
  expect(await answersOf(verifierPage)).toEqual([{ type: 'lanyard-dc-answer', error: 'declined' }]);
  await context.close();
});

it.each([
  ['its own origin', (request: string) => request, ['http://localhost:7951'], 'agree'],
  ['made for another page', (request: string) => request, ['https://other.example'], 'origin-not-expected'],
  [
    'changed on the way',
    (request: string) => `${request.slice(0, -8)}AAAAAAAA`,
    ['http://localhost:7951'],
    'jws-signature-invalid',
  ],
] as const)(
  'knows a certified page by a signed request, and takes it for its origin alone [%s]',
  async (_name, change, origins, outcome) => {
    const { page, context } = await wallet.phone();
    await claim(wallet, page, NUMBER);
    const request = verifier.sign({
      ...{ ...dcRequest().data, client_id: 'x509_san_dns:localhost', aud: 'https://self-issued.me/v2' },
      expected_origins: origins,
    });
    const verifierPage = await context.newPage();
    const dc = await callWallet(verifierPage, { protocol: 'openid4vp-v1-signed', data: { request: change(request) } });
    if (outcome === 'agree') {
      expect(await dc.getByTestId('verified').textContent()).toContain('示例大学');
      await dc.getByTestId('agree').click();
      await dc.getByTestId('answered').waitFor();
      expect((await answersOf(verifierPage))[0]?.credential?.data.vp_token).toHaveProperty('id');
    } else {
      expect(await problemOf(dc)).toBe(outcome);
      expect(await answersOf(verifierPage)).toEqual([{ type: 'lanyard-dc-answer', error: expect.any(String) }]);
    }
    await context.close();
  },
);

it('deletes the student ID with keys and copies, keeps the history, and tells the issuer once it can', async () => {
  const { page, context } = await wallet.phone();
  const number = '202305000003';
  await claim(wallet, page, number);
  const events = async () => {
    const { rows } = await wallet.issuer.database.run.raw(
      'SELECT i.event FROM issuance i JOIN student s ON s.id = i.student_id WHERE s.student_number = ?',
      [number],
    );
    return rows.map(({ event }: { event: string | null }) => event);
  };
  await expect.poll(events, { timeout: 15_000 }).toEqual(Array(3).fill('credential_accepted'));
  await page.goto(`${wallet.url}/me`);
  await context.setOffline(true);
  await page.getByTestId('delete').click();
  await shot(page, 'delete-zh-390');
  await page.getByTestId('delete-confirm').click();
  await page.getByTestId('no-card').waitFor();
  expect(await events()).toEqual(Array(3).fill('credential_accepted'));
  await context.setOffline(false);
  await expect.poll(events, { timeout: 15_000 }).toEqual(Array(3).fill('credential_deleted'));
  const left = [(await keptIn(page, 'credentials')).length, (await keptIn(page, 'notices')).length];
  expect(left).toEqual([0, 0]);
  await page.goto(`${wallet.url}/records`);
  await page.locator('[data-kind="deleted"]').waitFor();
  const downloading = page.waitForEvent('download');
  await page.getByTestId('export-records').click();
  const file = JSON.parse(readFileSync((await (await downloading).path()) ?? '', 'utf8'));
  expect(file.records.map(({ kind }: { kind: string }) => kind)).toEqual(
    expect.arrayContaining(['deleted', 'claimed']),
  );
  await page.getByTestId('delete-records').click();
  await page.getByTestId('delete-records-confirm').click();
  await page.getByTestId('empty').waitFor();
  await context.close();
});

it('shows the pages of this in both languages without accessibility violations', async () => {
  const { page } = phone;
  for (const language of ['zh', 'en']) {
    await page.evaluate((chosen) => localStorage.setItem('lanyard.language', chosen), language);
    for (const [path, ready, name] of [
      ['/card', 'other-card', 'card-others'],
      ['/claim', 'sign-in', 'claim'],
      ['/issue/callback?x=1', 'problem', 'callback'],
      ['/records', 'delete-records', 'records'],
      ['/dc', 'problem', 'dc-alone'],
    ] as const) {
      await page.goto(`${wallet.url}${path}`);
      await page.getByTestId(ready).first().waitFor();
      await page.locator('#i-qr').waitFor({ state: 'attached' });
      await shot(page, `${name}-${language}-390`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      for (const theme of ['light', 'dark', 'contrast']) {
        await page.evaluate((chosen) => {
          document.documentElement.dataset['theme'] = chosen;
        }, theme);
        expect([path, language, theme, await violations(page)]).toEqual([path, language, theme, []]);
      }
    }
  }
  expect(phone.faults).toEqual([]);
}, 120_000);

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: checker } = window as never as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const result = await checker.run();
    return result.violations.map(
      (found) => `${found.id}: ${found.nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`,
    );
  });
}
