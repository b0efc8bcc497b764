import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { verifySdJwtVc } from '@lanyard/protocol';
import { openid4vpSessionTranscript, type SessionTranscript, verifyDeviceResponse } from '@lanyard/protocol/mdoc';
import { compressedFromJwk, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { compressPoint, parseCertificate } from '@lanyard/protocol/x509';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holdBeforeCamera } from './support/camera-picture.js';
import { changeKept, keptIn } from './support/kept.js';
import { claim, type Phone, startWallet, type TestWallet, untilOffline } from './support/start-wallet.js';
import {
  type AskOptions,
  DOC_TYPE,
  mdocQueryFor,
  queryFor,
  startVerifier,
  type TestVerifier,
  VCT,
} from './support/test-verifier.js';

let wallet: TestWallet;
let verifier: TestVerifier;
let phone: Phone;
const NUMBER = '202301000001';
const VERIFIER = 'http://localhost:9501';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Pictures for a person to look at, where a folder is named. */
const shots = process.env['LANYARD_SHOTS'];

beforeAll(async () => {
  wallet = await startWallet(9500, VERIFIER);
  verifier = await startVerifier(9501, wallet.url, wallet.issuer);
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await wallet.issuer.operator('/v1/semester-registrations', {
    body: { student_numbers: 'all', registered_until: '2027-02-28' },
  });
  const portrait = readFileSync(new URL('../../../launcher/assets/portraits/01.jpg', import.meta.url));
  await wallet.issuer.operator(`/v1/students/${NUMBER}/portrait`, {
    method: 'PUT',
    bytes: portrait,
    type: 'image/jpeg',
  });
  phone = await wallet.phone({ camera: true });
  await claim(wallet, phone.page, NUMBER);
  if (shots !== undefined) mkdirSync(shots, { recursive: true });
}, 120_000);
afterAll(async () => {
  await wallet?.close();
  await verifier?.close();
});

const open = async (page: Page, options?: AskOptions) => {
  const asked = await verifier.ask(options);
  await page.goto(asked.link);
  return asked;
};
const problem = async (page: Page) => {
  const box = page.getByTestId('problem');
  await box.waitFor();
  return { code: await box.getAttribute('data-code'), text: (await box.textContent()) ?? '' };
};
interface KeptCopy {
  configuration: string;
  usedAtMs?: number;
  credential: string;
}
const keptCopies = async (page: Page) =>
  (await keptIn<KeptCopy>(page, 'credentials')).filter(({ configuration }) => configuration === 'student-id-sd-jwt');
const usedCopies = async (page: Page) =>
  (await keptCopies(page)).filter(({ usedAtMs }) => usedAtMs !== undefined).length;
const shot = async (page: Page, name: string) => {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
};

/** What the presentation proves, checked as a verifier would. */
async function check(presentation: string, nonce: string, audience: string) {
  const metadata = await fetch(`${wallet.issuer.url}/.well-known/jwt-vc-issuer`);
  const { jwks } = (await metadata.json()) as { jwks: { keys: { kid: string; x: string; y: string }[] } };
  return verifySdJwtVc(presentation, {
    findIssuerKey: ({ header }) => {
      const jwk = jwks.keys.find(({ kid }) => kid === header['kid']);
      return nodeCrypto.importVerifyKey(compressedFromJwk(jwk as never)!);
    },
    nowSeconds: Math.floor(Date.now() / 1000),
    keyBinding: { required: true, nonce, audience, maxAgeSeconds: 60 },
    crypto: nodeCrypto,
    acceptedVcts: [VCT],
  });
}

it('says who asks, what they will learn with each value, and what not; then sends exactly that', async () => {
  const { page } = phone;
  const { nonce, clientId, id } = await open(page, { query: queryFor('enrolment_status', 'level', 'rail_interval') });
  await page.getByTestId('agree').waitFor();
  expect(await page.getByTestId('asker').textContent()).toContain('示例大学');
  expect(await page.getByTestId('asker-host').textContent()).toBe('localhost:9501');
  expect(await page.getByTestId('verified').textContent()).toContain('示例大学');
  expect(await page.getByTestId('purpose').textContent()).toBe('用途：在示例图书馆网站登录');
  const told = await page
    .locator('[data-claim]')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
  expect(told).toEqual(
    expect.arrayContaining([
      ['学籍状态', '注册学籍'],
      ['培养层次', '本科'],
    ]),
  );
  expect(told).toHaveLength(3);
  const untold = (await page.getByTestId('untold').textContent()) ?? '';
  for (const word of ['姓名', '照片', '学号', '证件号码', '出生日期']) expect(untold).toContain(word);
  // The card names its university, so that cannot be promised.
  for (const word of ['培养层次', '学校']) expect(untold).not.toContain(word);
  await shot(page, 'consent-zh-390');
  await page.getByTestId('agree').click();
  await page.getByTestId('answered').waitFor();
  await shot(page, 'answered-zh-390');
  const got = verifier.received.get(id)!;
  expect(got.header).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', kid: id });
  expect([got.state, Object.keys(got.presentations)]).toEqual([`state-${id}`, ['id']]);
  const seen = await check(got.presentations['id']![0]!, nonce, clientId);
  expect(seen.disclosed.map(({ path }) => path.join('.')).sort()).toEqual([
    'enrolment_status',
    'level',
    'rail_interval',
  ]);
  expect(await usedCopies(page)).toBe(1);
  expect(new URL(page.url()).search).toBe('');
  await page.getByTestId('to-records').click();
  const record = await page.locator('[data-kind="presented"]').textContent();
  expect(record).toContain('示例大学 · localhost:9501');
  expect(record).toContain('学籍状态');
  await shot(page, 'records-zh-390');
});

it('says so when the asker states no purpose', async () => {
  const { page } = phone;
  await open(page, { payload: { lanyard_purpose: undefined } });
  await page.getByTestId('agree').waitFor();
  expect(await page.getByTestId('purpose').textContent()).toContain('对方没有写明');
});

it('leads back to the asker in two taps [link, agree]', async () => {
  const { page } = phone;
  const asked = await verifier.ask({ redirectUri: `${VERIFIER}/back?response_code=abc` });
  await page.setContent(`<a href="${asked.link}">sign in</a>`);
  await page.click('a');
  await page.getByTestId('agree').click();
  await page.waitForURL(`${VERIFIER}/back?response_code=abc`);
});

it('stays where it is when the redirect is not safe [http elsewhere]', async () => {
  const { page } = phone;
  await open(page, { redirectUri: 'http://evil.example/back' });
  await page.getByTestId('agree').click();
  await page.getByTestId('answered').waitFor();
  expect(await page.getByTestId('go-back').count()).toBe(0);
  expect(new URL(page.url()).host).toBe('localhost:9500');
});

it('never sends one copy twice, and answers x509_hash and plain direct_post too', async () => {
  const { page } = phone;
  const sent = new Set<string>();
  for (const options of [{ prefix: 'x509_hash' }, { mode: 'direct_post' }, {}] as AskOptions[]) {
    const { id, nonce, clientId } = await open(page, options);
    await page.getByTestId('agree').click();
    await page.getByTestId('answered').waitFor();
    const presentation = verifier.received.get(id)!.presentations['id']![0]!;
    await check(presentation, nonce, clientId);
    sent.add(presentation.split('~')[0]!);
  }
  expect(sent.size).toBe(3);
});

it('tells the verifier only that the holder refused, keeps the copy and the record', async () => {
  const { page } = phone;
  const before = await usedCopies(page);
  const { id } = await open(page);
  await page.getByTestId('refuse').click();
  await page.getByTestId('declined').waitFor();
  await shot(page, 'declined-zh-390');
  expect(verifier.received.get(id)).toEqual({ presentations: {}, state: `state-${id}`, error: 'access_denied' });
  expect(await usedCopies(page)).toBe(before);
  await page.getByTestId('to-records').click();
  expect(await page.locator('[data-kind="declined"]').first().textContent()).toContain('什么也没有告诉对方');
});

it.each([
  [
    'an answer that goes elsewhere',
    { payload: { response_uri: 'http://localhost:9549/r' } },
    'response-uri-elsewhere',
    '没有通过检查',
  ],
  ['a short nonce', { payload: { nonce: 'short' } }, 'nonce-malformed', '没有通过检查'],
  ['a request that is over', { payload: { exp: 1_700_000_000 } }, 'request-expired', '过期'],
  ['a claim the card does not have', { query: queryFor('grade_average') }, 'id', '没有可以出示的'],
  [
    'a value the card does not have',
    { query: queryFor({ path: ['level'], values: ['doctor'] }) },
    'id',
    '没有可以出示的',
  ],
] as [string, AskOptions, string, string][])('offers no way to agree [%s]', async (name, options, code, words) => {
  const { page } = phone;
  const before = await usedCopies(page);
  const { id } = await open(page, options);
  const shown = await problem(page);
  expect([shown.code, shown.text]).toEqual([code, expect.stringContaining(words)]);
  expect(await page.getByTestId('agree').count()).toBe(0);
  expect(verifier.received.has(id)).toBe(false);
  expect(await usedCopies(page)).toBe(before);
  expect(name).toBeTruthy();
});

it('shows an unknown asker as unknown, by its host alone, and asks twice before anything leaves', async () => {
  const { page } = phone;
  const { id } = await open(page, { foreign: true });
  const banner = await page.getByTestId('unknown-asker').textContent();
  for (const word of ['不认识', 'localhost:9501', '没有人证明']) expect(banner).toContain(word);
  expect(await page.getByTestId('asker').textContent()).not.toContain('Nobody');
  expect([await page.getByTestId('agree').count(), await page.getByTestId('verified').count()]).toEqual([0, 0]);
  expect(await page.getByTestId('purpose').textContent()).toContain('自称');
  await page.getByTestId('agree-unknown').click();
  await shot(page, 'unknown-sheet-zh-390');
  expect(verifier.received.has(id)).toBe(false);
  await page.keyboard.press('Escape');
  expect(verifier.received.has(id)).toBe(false);
  await page.getByTestId('agree-unknown').click();
  await page.getByTestId('agree-unknown-confirm').click();
  await page.getByTestId('answered').waitFor();
  expect(verifier.received.has(id)).toBe(true);
  await page.getByTestId('to-records').click();
  expect(await page.locator('[data-kind="presented"]').first().textContent()).toContain('身份没有得到证明');
});

it.each([
  ['signed by another key', { payload: { client_id: 'x509_san_dns:other.example' } }, 'client-id-mismatch'],
  ['an answer that goes elsewhere', { payload: { response_uri: 'http://localhost:9549/r' } }, 'response-uri-elsewhere'],
])('takes nothing from an unknown asker that a known one may not either [%s]', async (_name, options, code) => {
  const { page } = phone;
  await open(page, { foreign: true, ...options });
  expect((await problem(page)).code).toBe(code);
  expect(await page.getByTestId('agree-unknown').count()).toBe(0);
});

it('refuses transaction data it cannot show, tells the asker so, and keeps a record', async () => {
  const { page } = phone;
  const { id } = await open(page, { payload: { transaction_data: ['e30'] } });
  const shown = await problem(page);
  expect([shown.code, shown.text]).toEqual(['transaction-data-not-supported', expect.stringContaining('认不出')]);
  expect(verifier.received.get(id)).toMatchObject({ error: 'invalid_transaction_data', state: `state-${id}` });
  await page.goto(`${wallet.url}/records`);
  await page.locator('[data-kind="blocked"]').first().waitFor();
});

it('shows transaction data it knows in full, and signs them with the card', async () => {
  const { page } = phone;
  const transaction = {
    ...{ type: 'urn:lanyard:transaction:confirm:1', credential_ids: ['id'] },
    ...{ text_zh: '同意退选高等数学', text_en: 'Drop the course in calculus' },
  };
  const encoded = Buffer.from(JSON.stringify(transaction)).toString('base64url');
  const { id } = await open(page, { payload: { transaction_data: [encoded] } });
  expect(await page.getByTestId('transactions').textContent()).toContain('同意退选高等数学');
  await page.getByTestId('agree').click();
  await page.getByTestId('answered').waitFor();
  const binding = verifier.received.get(id)!.presentations['id']![0]!.split('~').at(-1)!;
  const claims = JSON.parse(Buffer.from(binding.split('.')[1]!, 'base64url').toString());
  expect(claims.transaction_data_hashes).toEqual([createHash('sha256').update(encoded).digest('base64url')]);
});

it.each([
  ['encrypted', {}],
  ['plain', { mode: 'direct_post' }],
] as [string, AskOptions][])('answers with an mdoc for exactly this request [%s]', async (name, options) => {
  const { page } = phone;
  const asked = await open(page, { ...options, query: mdocQueryFor('level', 'registered_until', 'portrait') });
  await page.getByTestId('agree').waitFor();
  const told = await page.locator('[data-claim]').evaluateAll((rows) => rows.map((row) => row.textContent));
  expect(told).toEqual(['照片你的证件照', '培养层次本科', '注册有效至2027-02-28']);
  expect(await page.getByTestId('told').textContent()).toContain('mdoc');
  await shot(page, `consent-mdoc-${name}`);
  await page.getByTestId('agree').click();
  await page.getByTestId('answered').waitFor();
  const [presentation] = verifier.received.get(asked.id)!.presentations['mdoc']!;
  const transcript = (change: object = {}) =>
    openid4vpSessionTranscript(
      {
        ...{ clientId: asked.clientId, nonce: asked.nonce, responseUri: asked.responseUri },
        jwkThumbprint: name === 'plain' ? undefined : asked.thumbprint,
        ...change,
      },
      nodeCrypto.sha256,
    );
  const verify = (sessionTranscript: SessionTranscript) =>
    verifyDeviceResponse(new Uint8Array(Buffer.from(presentation!, 'base64url')), {
      ...{ sessionTranscript, nowSeconds: Math.floor(Date.now() / 1000), crypto: nodeCrypto },
      findIssuerKey: ({ x5chain }) =>
        nodeCrypto.importVerifyKey(compressPoint(parseCertificate(x5chain[0]!).publicPoint)),
    });
  expect([...(verify(transcript())[0].elements.get(DOC_TYPE)?.keys() ?? [])].sort()).toEqual([
    ...['level', 'portrait', 'registered_until'],
  ]);
  for (const other of [{ nonce: 'n'.repeat(22) }, { clientId: 'x509_san_dns:other.example' }])
    expect(() => verify(transcript(other))).toThrow();
});

it('lets the student choose the format, and then which claims', async () => {
  const { page } = phone;
  const level = { id: 'l', path: ['level'] };
  const name = { id: 'n', path: ['name'] };
  const sdJwt = { ...queryFor(level, name).credentials[0], claim_sets: [['l', 'n'], ['l']] };
  const query = {
    credentials: [sdJwt, ...mdocQueryFor('level').credentials],
    credential_sets: [{ options: [['id'], ['mdoc']] }],
  };
  const first = await open(page, { query });
  await page.getByTestId('agree').waitFor();
  expect(await page.locator('[data-claim]').count()).toBe(2);
  await page.getByTestId('claims-id-1').check();
  expect(await page.locator('[data-claim]').count()).toBe(1);
  await shot(page, 'consent-choice-zh-390');
  await page.getByTestId('agree').click();
  await page.getByTestId('answered').waitFor();
  const answer = verifier.received.get(first.id)!.presentations;
  expect([Object.keys(answer), (answer['id']?.[0] ?? '').split('~').length]).toEqual([['id'], 3]);
  const second = await open(page, { query });
  await page.getByTestId('option-0-1').check();
  expect(await page.getByTestId('told').textContent()).toContain('mdoc');
  await page.getByTestId('agree').click();
  await page.getByTestId('answered').waitFor();
  expect(Object.keys(verifier.received.get(second.id)!.presentations)).toEqual(['mdoc']);
});

it.each([
  ['client_id twice', (query: string) => `${query}&client_id=x`, 'link-parameter-repeated'],
  ['http elsewhere', () => 'client_id=x&request_uri=http%3A%2F%2Fevil.example%2Fr', 'link-address-unsafe'],
  ['another client', (query: string) => query.replace('localhost', 'other.example'), 'client-id-mismatch'],
])('refuses a link that was tampered with [%s]', async (_name, change, code) => {
  const { page } = phone;
  const { query } = await verifier.ask();
  await page.goto(`${wallet.url}/present?${change(query)}`);
  expect((await problem(page)).code).toBe(code);
  expect(await page.getByTestId('agree').count()).toBe(0);
});

it('says so when the verifier does not take the answer, and does not send that copy again', async () => {
  const { page } = phone;
  const { id } = await open(page, { answerStatus: 400 });
  await page.getByTestId('agree').click();
  const shown = await problem(page);
  expect(shown.code).toBe('http-400');
  const first = verifier.received.get(id)!.presentations['id']![0]!.split('~')[0];
  const again = await open(page);
  await page.getByTestId('agree').click();
  await page.getByTestId('answered').waitFor();
  expect(verifier.received.get(again.id)!.presentations['id']![0]!.split('~')[0]).not.toBe(first);
});

it('reads a code on another screen from the camera, and a pasted link of the custom scheme', async () => {
  const { page, context } = phone;
  const first = await verifier.ask();
  holdBeforeCamera(wallet.cameraFile, `openid4vp://?${first.query}`);
  await context.grantPermissions(['camera'], { origin: wallet.url });
  await page.goto(`${wallet.url}/card`);
  await page.getByTestId('scan-request').click();
  await shot(page, 'scan-zh-390');
  await page.getByTestId('scan').click();
  await page.getByTestId('agree').click();
  await page.getByTestId('answered').waitFor();
  expect(verifier.received.has(first.id)).toBe(true);
  const second = await verifier.ask();
  // The scanner for offers knows such a code as well.
  for (const path of ['/present', '/claim']) {
    await page.goto(`${wallet.url}${path}`);
    await page.getByTestId('offer-text').fill(`openid4vp://?${second.query}`);
    await page.getByTestId('open-offer').click();
    await page.getByTestId('refuse').waitFor();
  }
});

it('says that there is no network, on a cold start by link, and goes on when there is one', async () => {
  const { page, context } = phone;
  await untilOffline(page);
  await page.waitForFunction(async () => (await caches.keys()).length > 0);
  const { link } = await verifier.ask();
  await context.setOffline(true);
  await page.goto('about:blank');
  await page.goto(link);
  expect((await problem(page)).code).toBe('offline');
  await shot(page, 'offline-zh-390');
  await context.setOffline(false);
  await page.getByTestId('retry').click();
  await page.getByTestId('agree').waitFor();
});

it('sends a person without a card to get one', async () => {
  const other = await wallet.phone();
  await open(other.page);
  await other.page.getByTestId('no-card').waitFor();
  expect(await other.page.getByTestId('agree').count()).toBe(0);
  await shot(other.page, 'no-card-zh-390');
  // The ID may live in the wallet on the home screen, whose storage is its own: the request goes there as text.
  await other.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await other.page.getByTestId('hand-over').click();
  await other.page.getByTestId('copied').filter({ hasText: '已复制' }).waitFor();
  const line = await other.page.evaluate(() => navigator.clipboard.readText());
  expect(line).toBe(`openid4vp://${new URL(other.page.url()).search}`);
  await other.context.close();
});

it('can be answered with the keyboard alone, refusing first', async () => {
  const { page } = phone;
  const { id } = await open(page);
  await page.getByTestId('agree').waitFor();
  const reached: (string | null)[] = [];
  for (let presses = 0; presses < 8 && !reached.includes('agree'); presses += 1) {
    await page.keyboard.press('Tab');
    reached.push(await page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null));
  }
  expect(reached.filter((name) => name !== null)).toEqual(['refuse', 'agree']);
  await page.keyboard.press('Enter');
  await page.getByTestId('answered').waitFor();
  expect(verifier.received.has(id)).toBe(true);
});

it('gives both answers the same size', async () => {
  const { page } = phone;
  await open(page);
  const sizes = await Promise.all(['refuse', 'agree'].map((name) => page.getByTestId(name).boundingBox()));
  expect([sizes[0]?.width, sizes[0]?.height]).toEqual([sizes[1]?.width, sizes[1]?.height]);
  expect(sizes[0]!.x).toBeLessThan(sizes[1]!.x);
});

it.each(['zh-CN', 'en'])(
  'has no accessibility violation and no sideways scrolling [%s]',
  async (language) => {
    const { page } = phone;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate((chosen) => localStorage.setItem('lanyard.language', chosen), language === 'en' ? 'en' : 'zh');
    const cases: [string, AskOptions | undefined, string][] = [
      [
        'consent',
        { query: queryFor('name', 'portrait', 'student_number', 'college', 'enrolment_status', 'rail_interval') },
        'agree',
      ],
      ['unknown', { foreign: true }, 'agree-unknown'],
      ['problem', { payload: { nonce: 'short' } }, 'problem'],
      [
        'choice',
        {
          query: {
            credentials: [...queryFor('level').credentials, ...mdocQueryFor('level').credentials],
            credential_sets: [{ options: [['id'], ['mdoc']] }],
          },
        },
        'choose-option-0',
      ],
      ['scan', undefined, 'offer-text'],
    ];
    for (const [name, options, ready] of cases) {
      for (const width of [390, 1280, 320]) {
        await page.setViewportSize({ width, height: 1400 });
        if (options === undefined) await page.goto(`${wallet.url}/present`);
        else await open(page, options);
        await page.getByTestId(ready).waitFor();
        await page.locator('#i-qr').waitFor({ state: 'attached' });
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        if (width === 320) continue;
        for (const theme of ['light', 'dark', 'contrast']) {
          await page.evaluate((chosen) => {
            document.documentElement.dataset['theme'] = chosen;
          }, theme);
          expect([name, width, theme, await violations(page)]).toEqual([name, width, theme, []]);
          await shot(page, `${name}-${language}-${width}-${theme}`);
        }
      }
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await page.evaluate(() => localStorage.setItem('lanyard.language', 'zh'));
  },
  120_000,
);

it('fetches new copies when they run low, so that there is always one to give', async () => {
  const { page } = phone;
  for (let round = 0; round < 6; round += 1) {
    await open(page);
    await page.getByTestId('agree').click();
    await page.getByTestId('answered').waitFor();
  }
  await expect
    .poll(async () => (await keptCopies(page)).filter(({ usedAtMs }) => usedAtMs === undefined).length, {
      timeout: 15_000,
    })
    .toBeGreaterThan(3);
});

it('says that the card was suspended, not that its copies ended, once it has heard of it [tried again]', async () => {
  const { page } = phone;
  await page.goto(wallet.url);
  // The issuer cannot be reached: no copies come, and no news.
  await page.route(`${wallet.issuer.url}/**`, (route) => route.abort());
  // As if each had been sent.
  await changeKept(page, 'credentials', { usedAtMs: 1 });
  await open(page);
  expect((await problem(page)).code).toBe('no-copies');
  await wallet.issuer.operator(`/v1/students/${NUMBER}/suspend`, { body: { reason_code: 'lost-phone' } });
  await page.unroute(`${wallet.issuer.url}/**`);
  const hold = page.getByTestId('hold');
  await expect
    .poll(
      async () => {
        const retry = page.getByTestId('retry');
        if (await retry.isVisible()) await retry.click();
        return hold.count();
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBe(1);
  expect(await page.getByTestId('problem').count()).toBe(0);
}, 90_000);

it('shows a suspended card with its way back and nothing to agree to', async () => {
  const { page } = phone;
  await wallet.issuer.operator(`/v1/students/${NUMBER}/suspend`, { body: { reason_code: 'lost-phone' } });
  await page.goto(wallet.url);
  await page.getByTestId('hold').waitFor();
  await open(page);
  await page.getByTestId('hold').waitFor();
  expect(await page.getByTestId('agree').count()).toBe(0);
  await shot(page, 'suspended-zh-390');
});

it('keeps to its content security policy and throws nothing', () => {
  expect(phone.faults).toEqual([]);
});

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
