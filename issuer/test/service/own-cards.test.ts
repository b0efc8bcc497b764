import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { boundCard, type TapBody, tapOf } from './support/cards.js';
import { type Claimed, claimAt, roster } from './support/claim.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const [NUMBER, OTHER] = ['202301000001', '202305000002'];
let issuer: TestIssuer;
let student: Claimed;
let stranger: Claimed;
let bound: Awaited<ReturnType<typeof boundCard>>;

interface OwnCard {
  last_four: string;
  state: string;
  suspended_by: string | null;
  may_reinstate_until: number | null;
}

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await issuer.operator('/v1/semester-registrations', {
    body: { student_numbers: 'all', registered_until: '2099-01-01' },
  });
  await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: '2026' } });
  bound = await boundCard(issuer, 7, NUMBER);
  student = await claimAt(issuer, NUMBER);
  stranger = await claimAt(issuer, OTHER);
}, 120_000);
afterAll(async () => {
  await issuer.close();
});
beforeEach(async () => {
  await issuer.database.run.raw("UPDATE card SET state = 'bound', suspended_by = NULL, changed_at = now()");
});

const call = (path: string, by = student, body?: unknown) => by.wallet.call(path, by.tokens.access_token, body);
const cards = async (answer: Promise<Response> | Response) =>
  ((await (await answer).json()) as { cards: OwnCard[] }).cards;
const suspend = (by = student) => call('/v1/holder/cards/suspend', by, {});
const reinstate = (by = student) => call('/v1/holder/cards/reinstate', by, {});
const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];
async function tap() {
  const taps: TapBody[] = [{ ...tapOf(bound.card), id: randomBytes(16).toString('base64url') }];
  const body = await issuer.verifier.json<{ results: { result: string; reason?: string }[] }>('/v1/card-taps', {
    method: 'POST',
    body: { taps },
  });
  return body.results[0]?.reason ?? body.results[0]?.result;
}

describe('a student’s own card', () => {
  it('is shown by the end of its number and its state, and no other student’s is', async () => {
    const [card, ...more] = await cards(call('/v1/holder/cards'));
    expect(card).toMatchObject({ last_four: bound.number.slice(-4), state: 'bound', suspended_by: null });
    expect(JSON.stringify(card)).not.toContain(bound.number);
    expect(more).toEqual([]);
    expect(await cards(call('/v1/holder/cards', stranger))).toEqual([]);
  });

  it('is stopped by its holder alone, refused at the next tap, and works again once he takes it back', async () => {
    expect(await tap()).toBe('accepted');
    const [stopped] = await cards(suspend());
    expect(stopped).toMatchObject({ state: 'suspended', suspended_by: 'holder' });
    expect(stopped!.may_reinstate_until! * 1000 - Date.now()).toBeGreaterThan(71 * 3_600_000);
    expect(await tap()).toBe('suspended');
    expect((await cards(reinstate()))[0]).toMatchObject({ state: 'bound' });
    expect(await tap()).toBe('accepted');
    const audit = (await (await issuer.operator('/v1/audit?action=card.suspended')).json()) as {
      rows: { content: { actor: string; detail: object } }[];
    };
    expect(audit.rows[0]?.content).toMatchObject({ detail: { by: 'holder' } });
    expect(audit.rows[0]?.content.actor).toMatch(/^wallet:\d+$/);
  });

  it('is stopped once: a second time changes nothing', async () => {
    const answers = await Promise.all([suspend(), suspend(), suspend()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const audit = (await (await issuer.operator('/v1/audit?action=card.suspended&limit=200')).json()) as {
      rows: unknown[];
    };
    expect(audit.rows.length).toBeGreaterThan(0);
    expect((await cards(suspend()))[0]).toMatchObject({ state: 'suspended', suspended_by: 'holder' });
  });

  it('that the office stopped is not taken back by its holder', async () => {
    await issuer.operator(`/v1/cards/${bound.number}/suspend`, { body: { reason_code: 'lost-card' } });
    expect((await cards(call('/v1/holder/cards')))[0]).toMatchObject({
      suspended_by: 'office',
      may_reinstate_until: null,
    });
    expect(await codeOf(await reinstate())).toEqual([403, 'own-card-by-office']);
    expect(await tap()).toBe('suspended');
  });

  it('is not taken back after three days; the office still can', async () => {
    await suspend();
    await issuer.database.run.raw("UPDATE card SET changed_at = now() - interval '73 hours'");
    await issuer.database.run.raw("UPDATE wallet SET created_at = now() - interval '100 days'");
    expect((await cards(call('/v1/holder/cards')))[0]!.may_reinstate_until).toBeNull();
    expect(await codeOf(await reinstate())).toEqual([403, 'own-card-too-late']);
    const office = await issuer.operator(`/v1/cards/${bound.number}/reinstate`, { body: { reason_code: 'found' } });
    expect(office.status).toBe(200);
  });

  it('is not taken back by a wallet that was claimed after it was stopped', async () => {
    await suspend();
    const thief = await claimAt(issuer, NUMBER);
    expect(await codeOf(await reinstate(thief))).toEqual([403, 'own-card-new-wallet']);
    expect((await cards(call('/v1/holder/cards', thief)))[0]!.may_reinstate_until).toBeNull();
    expect(await tap()).toBe('suspended');
  });

  it.each([
    ['of somebody who has none', () => suspend(stranger), 409, 'own-card-missing'],
    ['that is not stopped', () => reinstate(), 409, 'own-card-missing'],
  ])('is not changed [%s]', async (_, act, status, code) => {
    expect(await codeOf(await act())).toEqual([status, code]);
  });

  it('is not changed without a proof of the wallet’s key [bearer] [no token] [staff]', async () => {
    const url = `${issuer.url}/v1/holder/cards/suspend`;
    for (const headers of [{ Authorization: `Bearer ${student.tokens.access_token}` }, {}] as Record<string, string>[])
      expect((await fetch(url, { method: 'POST', headers })).status).toBe(401);
    expect((await issuer.operator('/v1/holder/cards/suspend', { body: {} })).status).toBe(401);
    expect((await cards(call('/v1/holder/cards')))[0]).toMatchObject({ state: 'bound' });
  });

  it('that was replaced stays in the list, as replaced', async () => {
    const next = await boundCard(issuer, 7, OTHER);
    await issuer.operator(`/v1/cards/${next.number}/report-lost`, { body: { reason_code: 'lost-card' } });
    expect((await cards(call('/v1/holder/cards', stranger)))[0]).toMatchObject({ state: 'lost' });
    expect(await codeOf(await suspend(stranger))).toEqual([409, 'own-card-missing']);
  });
});
