import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../../../admin/test/service/support/browser.js';
import { runAxe } from '../../../../packages/platform/test/support/run-axe.js';
import {
  zCallbackAnswer,
  zCheckAnswer,
  zCheckRequestMade,
  zPassengerAnswer,
  zSandboxAnswered,
} from '../../../src/api/partner.js';
import {
  API_VERSIONS,
  versionFaults,
  versionHeaders,
  versionState,
} from '../../../src/domain/partners/api-versions.js';
import { PARTNER_EVENTS } from '../../../src/domain/partners/events.js';
import { OPERATION_TEXTS } from '../../../src/http/partners/api-page-texts.js';
import { createApiVersionGate } from '../../../src/http/partners/api-version-gate.js';
import { type PartnerDesk, startPartnerDesk } from '../support/partner-desk.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];
let desk: PartnerDesk;
let browser: Browser;

interface Content {
  content?: Record<string, { schema: object; example?: object }>;
}
interface ApiText {
  openapi: string;
  paths: Record<
    string,
    Record<string, { security: object[]; requestBody?: Content; responses: Record<string, Content> }>
  >;
}
let text: ApiText;

beforeAll(async () => {
  desk = await startPartnerDesk(7982, { environment: { LANYARD_UNIVERSITY_NAME: '示例大学' } });
  text = (await (await desk.verifier.call('/partner/v1/openapi.json')).json()) as ApiText;
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await desk?.close();
});

describe('the text of the API', () => {
  const operations = () =>
    Object.entries(text.paths).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
    );

  it('names every route, each with its words in Chinese [OpenAPI 3.1]', () => {
    expect(text.openapi).toBe('3.1.0');
    expect(operations().sort()).toEqual(Object.keys(OPERATION_TEXTS).sort());
    expect(operations()).toHaveLength(17);
  });

  it('lists every event a partner can ask to hear of', () => {
    const body = text.paths['/partner/v1/callback']?.['put']?.requestBody?.content?.['application/json'];
    const schema = body?.schema as { properties: { events: { items: { enum: string[] } } } } | undefined;
    expect(schema?.properties.events.items.enum).toEqual(Object.keys(PARTNER_EVENTS));
  });

  it('has examples that are answers', () => {
    const example = (path: string, verb = 'post') =>
      text.paths[path]?.[verb]?.responses['2XX']?.content?.['application/json']?.example;
    expect(zCheckAnswer.safeParse(example('/partner/v1/checks')).error).toBeUndefined();
    expect(zCheckRequestMade.safeParse(example('/partner/v1/check-requests')).error).toBeUndefined();
    expect(zSandboxAnswered.safeParse(example('/partner/v1/check-requests/{id}/sandbox-answer')).error).toBeUndefined();
    expect(zPassengerAnswer.safeParse(example('/partner/v1/checks/{id}/passenger')).error).toBeUndefined();
    expect(zCallbackAnswer.safeParse(example('/partner/v1/callback', 'put')).error).toBeUndefined();
    expect(text.paths['/partner/v1/receipt-keys']?.['get']?.security).toEqual([]);
    expect(text.paths['/partner/v1/checks']?.['post']?.security).toEqual([{ partner: [] }]);
  });
});

describe('the page of the API', () => {
  it('is made on the server, runs no script and loads nothing from elsewhere', async () => {
    const answer = await desk.verifier.call('/partner/v1/docs');
    const policy = answer.headers.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/script-src|unsafe|https?:/);
    const html = await answer.text();
    expect(html).not.toMatch(/<script|style=|onclick|https?:\/\/(?!partner\.example|wallet\.example)/);
    for (const operation of Object.keys(OPERATION_TEXTS)) expect(html).toContain(operation);
    for (const kind of Object.keys(PARTNER_EVENTS)) expect(html).toContain(kind);
  });

  it('speaks the reader’s language, or the one asked for', async () => {
    const page = async (path: string, language = 'zh-CN,zh') =>
      (await desk.verifier.call(path, { headers: { 'Accept-Language': language } })).text();
    expect(await page('/partner/v1/docs')).toContain('<h1>合作方接口');
    expect(await page('/partner/v1/docs', 'en-GB,en')).toContain('<h1>Partner API');
    expect(await page('/partner/v1/docs?lang=en')).toContain('lang="en"');
    expect((await desk.verifier.call('/partner/v1/docs?lang=fr')).status).toBe(400);
  });

  it.each([
    ['zh', 390],
    ['en', 1280],
  ])('has no fault axe can find [%s, %d px]', async (language, width) => {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    const page = await context.newPage();
    await page.goto(`${desk.verifier.url}/partner/v1/docs?lang=${language}`);
    expect(await runAxe(page)).toEqual([]);
    const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
    expect(wide).toBe(false);
    if (SHOTS !== undefined) {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `partner-docs-${language}-${width}.png`) });
    }
    await context.close();
  });
});

describe('versions', () => {
  it('that nobody knows are told which there are, and never reach a route', async () => {
    for (const path of ['/partner/v2/checks', '/partner/v0/token', '/partner/x'])
      expect(await (await desk.verifier.call(path)).json()).toMatchObject({
        ...{ status: 404, code: 'api-version-unknown', versions: ['v1'] },
      });
    const answer = await desk.verifier.call('/partner/v1/receipt-keys');
    expect(answer.headers.get('Deprecation')).toBeNull();
  });

  const later = { name: 'v1', since: '2026-11-29', deprecatedOn: '2027-12-01', sunsetOn: '2028-12-01' };
  const seconds = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000;
  it('that are to end say since when and until when [RFC 9745, RFC 8594]', () => {
    expect(versionHeaders(later, 'https://v.example/partner/v2/docs')).toEqual({
      Deprecation: '@1827619200',
      Sunset: 'Fri, 01 Dec 2028 00:00:00 GMT',
      Link: '<https://v.example/partner/v2/docs>; rel="deprecation"; type="text/html"',
    });
    expect(versionState(later, seconds('2027-11-30'))).toBe('current');
    expect(versionState(later, seconds('2027-12-01'))).toBe('deprecated');
    expect(versionState(later, seconds('2028-12-01'))).toBe('gone');
  });

  it('live side by side, and one that has ended is gone with the others’ names', async () => {
    const both = [later, { name: 'v2', since: '2027-12-01' }];
    const through = async (path: string, day: string) => {
      const gate = createApiVersionGate(
        { verifierUrl: 'https://v.example', clock: { nowSeconds: () => seconds(day) } },
        both,
      );
      const headers: Record<string, string> = {};
      let passed = false;
      const context = { path, set: (given: object) => Object.assign(headers, given) };
      await gate(context as never, async () => {
        passed = true;
      });
      return { passed, headers };
    };
    expect(await through('/partner/v2/checks', '2028-01-01')).toEqual({ passed: true, headers: {} });
    const old = await through('/partner/v1/checks', '2028-01-01');
    expect(old.passed).toBe(true);
    expect(old.headers['Link']).toContain('/partner/v2/docs');
    await expect(through('/partner/v1/checks', '2028-12-02')).rejects.toMatchObject({
      ...{ code: 'api-version-gone', fields: { versions: ['v2'] } },
    });
    expect((await through('/v1/partners', '2028-12-02')).passed).toBe(true);
  });

  it('are kept to the policy: no end without twelve months’ notice', () => {
    expect(versionFaults(API_VERSIONS)).toEqual([]);
    expect(versionFaults([later])).toEqual([]);
    expect(versionFaults([{ ...later, sunsetOn: '2028-06-01' }])).toHaveLength(1);
    expect(versionFaults([{ name: 'v1', since: '2026-11-29', sunsetOn: '2028-06-01' }])).toHaveLength(1);
  });
});
