import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDcApiRequest } from '@lanyard/protocol';
import type { Browser, Page } from 'playwright-core';
import QRCode from 'qrcode';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPage, type WatchedPage } from '../../../admin/test/service/support/browser.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { gateCode, present } from './support/codes.js';
import { type StandInIssuer, startStandInIssuer, type TestPerson } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';
import { encrypt, openRequestObject } from './support/wallet.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];
let issuer: StandInIssuer;
let verifier: TestVerifier;
let browser: Browser;
let ann: TestPerson;
let late: TestPerson;
let film: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-film-'));
  film = join(folder, 'code.y4m');
  issuer = await startStandInIssuer(7760);
  ann = issuer.makePerson({ portraitId: new Uint8Array(8).fill(7) });
  late = issuer.makePerson({
    state: { registered: true, suspended: true, revoked: false, enrolmentState: 'enrolled' },
  });
  for (const person of [ann, late])
    issuer.state.faces.set(person.row.rowNumber, {
      name: '阿依古丽·买买提',
      student_number: '9900000001',
      portrait_id: null,
    });
  issuer.publish([ann.row, late.row]);
  verifier = await startVerifier({
    port: 7761,
    issuerUrl: issuer.url,
    pagesFolder: new URL('../../dist-web', import.meta.url).pathname,
  });
  await verifier.putCheckpoint('window-1', { show_portrait: true });
  await verifier.synced(issuer.sequence());
  browser = await launchBrowser([
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ]);
}, 120_000);
// A page left behind by a failed test would go on reading the film of the next.
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await verifier?.close();
  await issuer?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A film of one still picture, for the browser's make-believe camera; grey without a code. */
function shootFilm(code?: string): void {
  const [width, height] = [640, 480];
  const luma = Buffer.alloc(width * height, 200);
  if (code !== undefined) {
    const { modules } = QRCode.create(code, { errorCorrectionLevel: 'L' });
    const scale = Math.floor(400 / modules.size);
    const [left, top] = [(width - scale * modules.size) >> 1, (height - scale * modules.size) >> 1];
    for (let y = 0; y < scale * modules.size; y += 1)
      for (let x = 0; x < scale * modules.size; x += 1)
        luma[(top + y) * width + left + x] = modules.get(Math.floor(y / scale), Math.floor(x / scale)) ? 16 : 235;
  }
  const chroma = Buffer.alloc((width * height) / 2, 128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, chroma]);
  writeFileSync(film, Buffer.concat([Buffer.from('YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n'), frame, frame]));
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

async function signedIn(options: Parameters<typeof openPage>[1], code?: string): Promise<WatchedPage> {
  const opened = await openPage(browser, options);
  await opened.context.grantPermissions(['camera'], { origin: verifier.url });
  const { url } = (await (await verifier.operator('/v1/staff-links', { method: 'POST' })).json()) as { url: string };
  shootFilm(code);
  await opened.page.goto(url);
  await opened.page.getByTestId('code').waitFor({ state: 'attached' });
  return opened;
}

async function typeCode(page: Page, code: string): Promise<void> {
  await page.getByTestId('code').fill(code);
  await page.getByTestId('verify').click();
}
/** Key presses as a scanner makes them: one after the other, none waiting for the one before to be worked off. */
async function scanWithWedge(page: Page, code: string): Promise<void> {
  const keys = await page.context().newCDPSession(page);
  const press = { type: 'keyDown' as const };
  await Promise.all([
    ...[...code].map((text) => keys.send('Input.dispatchKeyEvent', { ...press, key: text, text })),
    keys.send('Input.dispatchKeyEvent', {
      ...press,
      key: 'Enter',
      code: 'Enter',
      text: '\r',
      windowsVirtualKeyCode: 13,
    }),
  ]);
}
const verdictOf = async (page: Page) => {
  const shown = page.getByTestId('verdict');
  await shown.waitFor();
  return [await shown.getAttribute('data-verdict'), await shown.getAttribute('data-reason')];
};

describe('the staff page', () => {
  it('signs in with a link once, and takes the code out of the address', async () => {
    const { page, context, faults } = await openPage(browser, { language: 'zh-CN', width: 390 });
    const { url } = (await (await verifier.operator('/v1/staff-links', { method: 'POST' })).json()) as { url: string };
    await page.goto(url);
    await page.getByTestId('code').waitFor();
    expect(page.url()).toBe(`${verifier.url}/staff`);
    await context.clearCookies();
    await page.goto(url);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('staff-link-invalid');
    expect(await runAxe(page)).toEqual([]);
    await shoot(page, 'staff-sign-in-zh-390');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('offers the campus sign-in first, and says why it did not work', async () => {
    const { page, context, faults } = await openPage(browser, { language: 'en-GB', width: 390 });
    await page.goto(`${verifier.url}/staff`);
    // This verifier has no identity layer: the way leads back with the reason.
    await page.getByTestId('campus-sign-in').click();
    await page.getByRole('alert').getByText('not set up here').waitFor();
    expect(page.url()).toBe(`${verifier.url}/staff/sign-in`);
    expect(await runAxe(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('shows who is signed in, and signs out', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 1280 });
    expect(await page.getByTestId('signed-in-as').textContent()).toContain('Link of the administrator');
    await page.getByTestId('sign-out').click();
    await page.getByTestId('campus-sign-in').waitFor();
    expect((await page.request.get(`${verifier.url}/v1/staff/me`)).status()).toBe(401);
    await context.close();
  });

  it('shows an accepted person with the name, and goes back without a touch', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 390 });
    await page.getByTestId('place').selectOption('checkpoint:window-1');
    await shoot(page, 'staff-ready-zh-390');
    await typeCode(page, gateCode(ann, issuer.keyDay));
    expect(await verdictOf(page)).toEqual(['accepted', null]);
    expect(await page.getByTestId('verdict-name').textContent()).toBe('阿依古丽·买买提');
    await shoot(page, 'staff-accepted-zh-390');
    await page.getByTestId('verdict').waitFor({ state: 'detached', timeout: 6_000 });
    expect(await page.locator('body').textContent()).not.toContain('阿依古丽');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says why a code is refused and what to do [suspended, used twice, not a code]', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 1280 });
    await page.getByTestId('place').selectOption('checkpoint:window-1');
    await typeCode(page, gateCode(late, issuer.keyDay));
    expect(await verdictOf(page)).toEqual(['rejected', 'suspended']);
    await shoot(page, 'staff-rejected-en-1280');
    await page.getByTestId('next').click();
    const code = gateCode(ann, issuer.keyDay);
    await typeCode(page, code);
    expect(await verdictOf(page)).toEqual(['accepted', null]);
    await page.getByTestId('next').click();
    await typeCode(page, code);
    expect(await verdictOf(page)).toEqual(['rejected', 'replayed']);
    await page.getByTestId('next').click();
    await typeCode(page, 'https://example.org/not-a-code');
    expect((await verdictOf(page))[0]).toBe('rejected');
    await context.close();
  });

  it('judges nobody when the service cannot be reached', async () => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 390 });
    await context.setOffline(true);
    await typeCode(page, gateCode(ann, issuer.keyDay));
    expect(await verdictOf(page)).toEqual(['cannot-decide', 'network-needed']);
    expect(await page.getByTestId('verdict-name').count()).toBe(0);
    await shoot(page, 'staff-cannot-decide-zh-390');
    await context.close();
  });

  it('asks the browser for a student ID [presented], [nothing presented], [no such interface]', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 390 });
    await page.getByTestId('place').selectOption('purpose:student-status');
    await page.addInitScript(() => {
      const wanted = new URL(location.href).hash !== '#without';
      if (wanted) Object.assign(globalThis, { DigitalCredential: class {} });
      else delete (globalThis as { DigitalCredential?: unknown }).DigitalCredential;
    });
    await page.goto(`${verifier.url}/staff#without`);
    await page.reload();
    await page.getByText('不支持数字凭证接口').waitFor();
    expect(await page.getByTestId('ask-browser').count()).toBe(0);
    // A browser with wallets: what it would hand to them comes to this test, whose answer it hands back.
    let presented = true;
    await context.exposeFunction('wallets', async (digital: { requests: { data: { request: string } }[] }) => {
      if (!presented) return undefined;
      const signed = digital.requests[0]?.data.request ?? '';
      const { payload } = openRequestObject(signed, issuer.authority.root);
      const request = parseDcApiRequest(payload, { origin: verifier.url, signed: true });
      const audience = `origin:${verifier.url}`;
      const presentation = present(issuer.makeStudentId(), { nonce: request.nonce, audience, claims: [] });
      const { client_metadata } = request;
      if (client_metadata === undefined) throw new Error('no key');
      return { response: await encrypt({ client_metadata }, { vp_token: { student_id: [presentation] } }) };
    });
    await page.addInitScript(() => {
      navigator.credentials.get = async (options) => {
        const { digital } = options as never as { digital: object };
        const data = await (globalThis as never as { wallets(digital: object): Promise<unknown> }).wallets(digital);
        if (data === undefined) throw new DOMException('nothing chosen', 'NotAllowedError');
        return { data } as never;
      };
    });
    await page.goto(`${verifier.url}/staff#with`);
    await page.reload();
    await page.getByTestId('ask-browser').waitFor();
    expect(await runAxe(page)).toEqual([]);
    await shoot(page, 'staff-ask-browser-zh-390');
    await page.getByTestId('ask-browser').click();
    expect(await verdictOf(page)).toEqual(['accepted', null]);
    await page.getByTestId('next').click();
    presented = false;
    await page.getByTestId('ask-browser').click();
    await page.waitForLoadState('networkidle');
    expect(await page.getByTestId('verdict').count()).toBe(0);
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('takes a code from a keyboard wedge wherever the focus is', async () => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.getByTestId('place').selectOption('checkpoint:window-1');
    await page.getByTestId('verify').focus();
    await scanWithWedge(page, gateCode(ann, issuer.keyDay));
    expect(await verdictOf(page)).toEqual(['accepted', null]);
    await context.close();
  });

  it('reads a code from the camera once, though it stays in the picture', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 390 }, gateCode(ann, issuer.keyDay));
    expect(await verdictOf(page)).toEqual(['accepted', null]);
    await page.getByTestId('next').click();
    await page.waitForTimeout(1_500);
    expect(await page.getByTestId('verdict').count()).toBe(0);
    await shoot(page, 'staff-camera-zh-390');
    expect(faults).toEqual([]);
    await context.close();
  });

  it.each([
    ['zh-CN', 390, false],
    ['zh-CN', 1280, true],
    ['en-GB', 390, true],
    ['en-GB', 1280, false],
  ] as const)(
    'has no fault axe can find, scanning and with each verdict [%s, %d px, dark %s]',
    async (language, width, dark) => {
      const { page, context, faults } = await signedIn({ language, width, dark });
      await page.getByTestId('place').selectOption('checkpoint:window-1');
      expect(await runAxe(page)).toEqual([]);
      for (const person of [ann, late]) {
        await typeCode(page, gateCode(person, issuer.keyDay));
        await page.getByTestId('verdict').waitFor();
        expect(await runAxe(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        // On a busy machine the page has gone back by itself meanwhile.
        await page
          .getByTestId('next')
          .click({ timeout: 1_000 })
          .catch(() => {});
        await page.getByTestId('verdict').waitFor({ state: 'detached' });
      }
      await context.setOffline(true);
      await typeCode(page, gateCode(ann, issuer.keyDay));
      await page.getByTestId('verdict').waitFor();
      expect(await runAxe(page)).toEqual([]);
      expect(faults).toEqual([]);
      await context.close();
    },
    60_000,
  );
});
