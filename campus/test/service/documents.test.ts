import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { claimAt, requestBody } from '../../../issuer/test/service/support/claim.js';
import { payloadOf } from '../../../issuer/test/service/support/software-wallet.js';
import type { TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { launchBrowser } from '../../../packages/platform/test/support/browser.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { readCode } from '../../../reader-agent/test/support/read-code.js';
import { startVerifier, type TestVerifier } from '../../../verifier/test/service/support/start-verifier.js';
import { boxesOf, textOf } from './support/read-pdf.js';
import { role, startCampus, type TestCampus } from './support/start-campus.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];
const PORT = 7752;
const VERIFIER_URL = `http://localhost:${PORT}`;
const NUMBER = '202300000001';
const LONG = '阿卜杜热合曼·买买提江·阿布都克里木·艾合买提·吐尔逊';
let issuer: TestIssuer;
let verifier: TestVerifier;
let campus: TestCampus;
let browser: Browser;

beforeAll(async () => {
  campus = await startCampus({ issuerEnvironment: { LANYARD_PUBLIC_URL_VERIFIER: VERIFIER_URL } });
  ({ issuer } = campus);
  await campus.enrol([
    { number: NUMBER, name: LONG },
    { number: '202300000002' },
    { number: '202300000003' },
    { number: '202300000004' },
    { number: '202300000005' },
    { number: '202300000006' },
  ]);
  // The issuer of its tests knows another verifier's key; ours takes its place.
  await issuer.verifier.json('/v1/signers');
  verifier = await startVerifier({
    ...{ port: PORT, issuerUrl: issuer.url },
    environment: { LANYARD_UNIVERSITY_NAME: '示例大学', LANYARD_PUBLIC_PAGE_PER_MINUTE: '1000' },
  });
  const jwk = readFileSync(join(verifier.folder, 'verifier.jwk.json'), 'utf8');
  await issuer.database.run.raw("UPDATE caller SET public_jwk = ? WHERE id = 'verifier'", [jwk]);
  // The issuer remembers the former key for a while.
  const body = JSON.stringify({ code: 'A'.repeat(22) });
  const headers = { 'Content-Type': 'application/json' };
  const check = () => fetch(`${verifier.url}/v1/documents/check`, { method: 'POST', headers, body });
  await vi.waitFor(async () => expect((await check()).status).toBe(404), { timeout: 60_000, interval: 250 });
  browser = await launchBrowser();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await verifier?.close();
  await campus?.close();
});

/** A certificate for a visa, issued at once. */
async function certificate(number = NUMBER) {
  const student = campus.student(number);
  const form = { purpose: 'visa', language: 'en' };
  const begun = await student('/v1/cases', { body: { service: 'enrolment-certificate', form } });
  expect(begun.status).toBe(201);
  await campus.carryOutEffects();
  const id = begun.body.id as string;
  const path = `/v1/cases/${id}/documents/enrolment-certificate`;
  return { id, student, path, seen: (await student(`/v1/cases/${id}`)).body };
}
async function pdfOf({ student, path }: Awaited<ReturnType<typeof certificate>>) {
  const { status, bytes, headers } = await student(path, { isFile: true });
  expect(status).toBe(200);
  expect(headers?.get('content-type')).toBe('application/pdf');
  return bytes ?? Buffer.alloc(0);
}
/** The link that a phone reads off the page. */
function linkOn(pdf: Buffer): string {
  const { pixels, width } = boxesOf(pdf);
  return readCode(pixels, width) ?? '';
}
const codeOf = (link: string) => link.slice(link.indexOf('#') + 1);
const check = async (code: string) => {
  const answer = await fetch(`${VERIFIER_URL}/v1/documents/check`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  return { status: answer.status, body: await answer.json() };
};

describe('in the wallet', () => {
  const ask = async ({ wallet, tokens }: Awaited<ReturnType<typeof claimAt>>, number: string) => {
    const { proofs } = await requestBody(wallet, 'document-sd-jwt');
    const body = { credential_identifier: `document-sd-jwt.${number}`, proofs };
    return wallet.call('/credential', tokens.access_token, body);
  };
  it('a certificate of a case lies under the number of its paper, with the case’s own words', async () => {
    const held = await claimAt(issuer, '202300000005');
    const { seen } = await certificate('202300000005');
    const [{ number, title }] = seen.documents;
    const state = await (await held.wallet.call('/v1/holder/state', held.tokens.access_token)).json();
    expect((state as { documents: string[] }).documents).toEqual([`document-sd-jwt.${number}`]);
    const answer = await ask(held, number);
    expect(answer.status).toBe(200);
    const { credentials } = (await answer.json()) as { credentials: { credential: string }[] };
    const told = payloadOf(credentials[0]?.credential ?? '') as Record<string, unknown>;
    expect(told).toMatchObject({ vct: 'urn:lanyard:document:1' });
    // Selectively disclosed: beside the payload, each by itself.
    const disclosed = (credentials[0]?.credential ?? '')
      .split('~')
      .slice(1, -1)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as [string, string, unknown]);
    const claim = (name: string) => disclosed.find(([, found]) => found === name)?.[2] ?? told[name];
    expect(claim('document_number')).toBe(number);
    expect(claim('title')).toEqual(title);
    expect(JSON.stringify(claim('facts'))).toContain('软件学院');
  });
  it('none lies there of who asked for none, nor another’s by its number', async () => {
    const held = await claimAt(issuer, '202300000006');
    const { seen } = await certificate('202300000005');
    const state = await (await held.wallet.call('/v1/holder/state', held.tokens.access_token)).json();
    expect((state as { documents: string[] | null }).documents ?? []).toEqual([]);
    expect((await ask(held, seen.documents[0].number)).status).toBe(400);
  });
});

describe('a certificate of enrolment', () => {
  it('says what the register says, in both languages, and how it can be checked', async () => {
    const made = await certificate();
    expect(made.seen).toMatchObject({
      ...{ status: 'closed', outcome: 'granted' },
      documents: [
        { document: 'enrolment-certificate', is_file: true, number: expect.stringMatching(/^20\d\d-\d{6}$/) },
      ],
    });
    const pdf = await pdfOf(made);
    const text = textOf(pdf);
    for (const words of [
      '在读证明',
      'Certificate of enrolment',
      NUMBER,
      '软件学院',
      '签证',
      'Visa',
      '注册学籍',
      'enrolled',
    ])
      expect(text).toContain(words);
    expect(text.replaceAll('\n', '')).toContain(LONG);
    expect(text).toContain(made.seen.documents[0].number);
    const link = linkOn(pdf);
    expect(link).toMatch(new RegExp(`^${VERIFIER_URL}/d#[A-Za-z0-9_-]{22}$`));
    expect(await pdfOf(made)).toEqual(pdf);
    const { status, body } = await check(codeOf(link));
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'valid', number: made.seen.documents[0].number, university: '示例大学' });
    expect(body.facts).toContainEqual({ title: { zh: '姓名', en: 'Name' }, value: { zh: LONG, en: LONG } });
    // Neither the case nor its form is told beyond what the document says.
    expect(JSON.stringify(body)).not.toContain(made.id);
  });
  it('is given to who may see the case, and to nobody else', async () => {
    const { id, path } = await certificate();
    expect((await campus.student('202300000002')(path)).body.code).toBe('case-not-found');
    expect((await campus.staff('x', role('counsellor', 'assigned'))(path)).status).toBe(404);
    expect((await campus.student(NUMBER)(`/v1/cases/${id}/documents/other`)).body.code).toBe('document-not-found');
    expect((await campus.operator(path)).status).toBe(403);
    expect((await fetch(new URL(path, campus.url))).status).toBe(401);
  });
  it('is no longer valid once it was revoked, or once the student is no longer what it says', async () => {
    const [revoked, changed] = [await certificate('202300000002'), await certificate('202300000003')];
    const [first, second] = [codeOf(linkOn(await pdfOf(revoked))), codeOf(linkOn(await pdfOf(changed)))];
    const number = revoked.seen.documents[0].number;
    const revoke = (which: string, body: object = { reason_code: 'data-error' }) =>
      issuer.operator(`/v1/case-documents/${which}/revoke`, { body });
    expect((await revoke('2026-999999')).status).toBe(404);
    expect((await revoke(number, { reason_code: 'because' })).status).toBe(400);
    expect((await check(first)).body.state).toBe('valid');
    expect((await revoke(number)).status).toBe(204);
    expect((await check(first)).body.state).toBe('revoked');
    const leave = { kind: 'leave', effective_date: '2026-11-01' };
    await issuer.operator('/v1/students/202300000003/status-changes', { body: leave });
    expect((await check(second)).body.state).toBe('revoked');
  });
  it('waits for the registrar where somebody is not enrolled', async () => {
    const leave = { kind: 'leave', effective_date: '2026-11-01' };
    await issuer.operator('/v1/students/202300000004/status-changes', { body: leave });
    const { seen, student, path } = await certificate('202300000004');
    expect(seen).toMatchObject({ status: 'open', documents: [], effects: [] });
    expect((await student(path)).body.code).toBe('document-not-found');
  });
});

describe('the public check', () => {
  it.each(['A'.repeat(22), 'AbCdEfGhIjKlMnOpQrStUv'])('knows no code that is none [%s]', async (code) => {
    expect(await check(code)).toMatchObject({ status: 404, body: { code: 'document-unknown' } });
  });
  it.each(['', 'short', 'A'.repeat(23), `${'A'.repeat(21)}!`])('refuses what is no code [%s]', async (code) => {
    expect((await check(code)).status).toBe(400);
  });
  it.each([
    ['zh-CN', 390],
    ['en', 1280],
  ] as const)('shows it to anybody’s phone and keeps the code out of every log [%s, %d px]', async (locale, width) => {
    const made = await certificate();
    const link = linkOn(await pdfOf(made));
    const context = await browser.newContext({ viewport: { width, height: 844 }, locale });
    const page = await context.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(link);
    await page.waitForSelector('main[data-state="valid"]');
    const text = await page.textContent('main');
    for (const words of ['有效', 'Valid', '在读证明', LONG, NUMBER, '注册学籍', 'enrolled', '签证', 'Visa'])
      expect(text).toContain(words);
    expect(page.url()).toBe(`${VERIFIER_URL}/d`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(await runAxe(page)).toEqual([]);
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `document-${width}.png`), fullPage: true });
    const code = codeOf(link);
    for (const url of asked) expect(url.replace(/#.*/, '')).not.toContain(code);
    const logs = [...verifier.logLines, ...issuer.logLines, ...campus.logLines].join(' ');
    expect(logs).not.toContain(code);
    expect(logs).not.toContain(NUMBER);
    await context.close();
  });
  it('says so of a code that is none, of one that is cut off, and of a revoked document', async () => {
    const page = await browser.newPage();
    for (const [hash, state] of [
      [`#${'B'.repeat(22)}`, 'unknown'],
      ['#abc', 'unknown'],
      ['', 'unknown'],
    ] as const) {
      await page.goto('about:blank');
      await page.goto(`${VERIFIER_URL}/d${hash}`);
      await page.waitForSelector(`main[data-state="${state}"].verdict-bad`);
      expect(await page.isHidden('#facts')).toBe(true);
    }
    const made = await certificate('202300000002');
    const link = linkOn(await pdfOf(made));
    await issuer.operator(`/v1/case-documents/${made.seen.documents[0].number}/revoke`, {
      body: { reason_code: 'misused' },
    });
    await page.goto('about:blank');
    await page.goto(link);
    await page.waitForSelector('main[data-state="revoked"].verdict-bad');
    await page.close();
  });
});
