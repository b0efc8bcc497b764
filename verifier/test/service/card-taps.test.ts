import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundCard, readUrl, type TapBody, tapOf } from '../../../issuer/test/service/support/cards.js';
import { startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';
import { withoutTable } from './support/without-table.js';

const PORT = 7360;
const ORIGIN = `http://localhost:${PORT}`;
const STUDENT = '202301000001';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));

interface Result {
  id: string;
  verdict: string;
  reason?: string;
  row?: number;
  portrait_id?: string;
}

let issuer: TestIssuer;
let verifier: TestVerifier;
let agent: Awaited<ReturnType<TestVerifier['enrolAgent']>>;
let bound: Awaited<ReturnType<typeof boundCard>>;

beforeAll(async () => {
  issuer = await startIssuer('http://localhost:8080', { environment: { LANYARD_PUBLIC_URL_VERIFIER: ORIGIN } });
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await issuer.verifier.json('/v1/signers');
  verifier = await startVerifier({
    port: PORT,
    issuerUrl: issuer.url,
    environment: { LANYARD_PUBLIC_PAGE_PER_MINUTE: '100000', LANYARD_UNIVERSITY_NAME: '示例大学' },
  });
  const jwk = readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8');
  await issuer.database.run.raw("UPDATE caller SET public_jwk = ? WHERE id = 'verifier'", [jwk]);
  await verifier.putCheckpoint('south-gate');
  await until(() => verifier.verifier.mirror.state().people !== undefined);
  agent = await verifier.enrolAgent('south-gate');
  await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: 'tests' } });
  bound = await boundCard(issuer, 7, STUDENT);
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const body = (...taps: TapBody[]) => ({ method: 'POST', body: { taps } });
const send = async (...taps: TapBody[]): Promise<Result[]> =>
  (await agent.client.json<{ results: Result[] }>('/v1/card-taps', body(...taps))).results;
const tap = () => tapOf(bound.card, ORIGIN);
const again = (one: TapBody): TapBody => ({ ...one, id: randomBytes(16).toString('base64url') });
const pageState = async (answer: Response) => /data-state="([a-z-]+)"/.exec(await answer.text())?.[1];
const open = (url: string) => fetch(url);

describe('a card at a checkpoint', () => {
  it('is accepted with the row of its holder, and gets the same answer for the same id', async () => {
    const one = tap();
    const [first] = await send(one);
    expect(first).toMatchObject({ id: one.id, verdict: 'accepted' });
    expect(first?.row).toBeTypeOf('number');
    expect(first).not.toHaveProperty('portrait_id');
    expect((await send(one))[0]).toEqual(first);
  });

  it('is decided by the policy of the agent’s checkpoint, on facts newer than the mirror', async () => {
    await verifier.putCheckpoint('library', { requires_semester_registration: true });
    await verifier.putCheckpoint('lab', { admits: { classes: [9], states: ['enrolled'], foreign_passes: false } });
    await verifier.putCheckpoint('closed', { hours: [] });
    const reasons = [];
    for (const checkpoint of ['library', 'lab', 'closed']) {
      const there = await verifier.enrolAgent(checkpoint);
      const answer = await there.client.json<{ results: Result[] }>('/v1/card-taps', body(tap()));
      reasons.push(answer.results[0]?.reason);
    }
    expect(reasons).toEqual(['not-registered', 'not-permitted', 'outside-hours']);
    await issuer.operator(`/v1/students/${STUDENT}/suspend`, { body: { reason_code: 'drill' } });
    expect((await send(tap()))[0]).toMatchObject({ verdict: 'rejected', reason: 'suspended' });
    await issuer.operator(`/v1/students/${STUDENT}/reinstate`, { body: { reason_code: 'drill' } });
    expect((await send(tap()))[0]?.verdict).toBe('accepted');
  });

  it('is refused at once when the card is suspended', async () => {
    const other = await boundCard(issuer, 7, '202305000002');
    await issuer.operator(`/v1/cards/${other.number}/suspend`, { body: { reason_code: 'lost-card' } });
    expect((await send(tapOf(other.card, ORIGIN)))[0]).toMatchObject({ reason: 'suspended' });
  });

  it.each([
    ['a forged CMAC', (one: TapBody) => ({ ...one, cmac: '00'.repeat(8) }), 'issuer-signature-invalid'],
    ['a version nobody made', (one: TapBody) => ({ ...one, key_version: 99 }), 'unknown-issuer'],
  ])('is rejected [%s]', async (_, change, reason) => {
    expect((await send(change(tap())))[0]).toMatchObject({ verdict: 'rejected', reason });
  });

  it.each([
    ['no taps', { taps: [] }],
    ['17 taps', { taps: Array.from({ length: 17 }, () => ({ ...({} as TapBody) })) }],
    ['a UID alone', { taps: [{ uid: '04de5f1eacc040' }] }],
  ])('is refused before the issuer is asked [%s]', async (_, content) => {
    await expect(agent.client.json('/v1/card-taps', { method: 'POST', body: content })).rejects.toMatchObject({
      status: 400,
    });
  });

  it('is asked about by agents that are not withdrawn only', async () => {
    expect((await verifier.operator('/v1/card-taps', { body: { taps: [tap()] } })).status).toBe(403);
    const gone = await verifier.enrolAgent('south-gate');
    await verifier.operator(`/v1/agents/${gone.agent_id}/withdraw`, { method: 'POST' });
    await expect(gone.client.json('/v1/card-taps', body(tap()))).rejects.toMatchObject({ status: expect.any(Number) });
  });
});

describe('the public page of a tapped card', () => {
  it('says valid once, and not valid of the same address again', async () => {
    const url = readUrl(bound.card);
    const first = await open(url);
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await pageState(first)).toBe('valid');
    expect(await pageState(await open(url))).toBe('not-valid');
  });

  it('tells no person, no card and no place, and runs no script', async () => {
    const answer = await open(readUrl(bound.card));
    const text = await answer.text();
    for (const secret of [STUDENT, bound.number, '邓涛波', 'south-gate', 'row']) expect(text).not.toContain(secret);
    expect(text).not.toContain('<script');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it.each([
    [
      'a suspended student',
      () => issuer.operator(`/v1/students/${STUDENT}/suspend`, { body: { reason_code: 'drill' } }),
    ],
  ])('says not valid of [%s]', async (_, change) => {
    await change();
    expect(await pageState(await open(readUrl(bound.card)))).toBe('not-valid');
    await issuer.operator(`/v1/students/${STUDENT}/reinstate`, { body: { reason_code: 'drill' } });
  });

  it.each([
    ['zeros', `${ORIGIN}/c/7/${'0'.repeat(32)}/${'0'.repeat(16)}`],
    ['lower case', `${ORIGIN}/c/7/${'a'.repeat(32)}/${'a'.repeat(16)}`],
    ['another version', `${ORIGIN}/c/201/${'A'.repeat(32)}/${'A'.repeat(16)}`],
    ['nonsense', `${ORIGIN}/c/x/y/z`],
  ])('says not valid of [%s]', async (_, url) => {
    expect(await pageState(await open(url))).toBe('not-valid');
  });

  it('is no passage and leaves no trace of a person: neither journal nor live view', async () => {
    await open(readUrl(bound.card));
    const { rows } = await verifier.database.run.raw('SELECT count(*) AS n FROM passage');
    expect(Number(rows[0].n)).toBe(0);
    expect(verifier.logLines.join('\n')).not.toMatch(/[0-9A-F]{32}/);
  });

  it('uses no tap up for a preview that asks for the head', async () => {
    const url = readUrl(bound.card);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    expect(await pageState(await open(url))).toBe('valid');
  });

  it('cannot tell while the issuer is away, and so does a gate', async () => {
    const [one, url] = [tap(), readUrl(bound.card)];
    const fault = async () => {
      expect((await send(one))[0]).toMatchObject({ verdict: 'cannot-decide', reason: 'network-needed' });
      const page = await open(url);
      expect([page.status, await pageState(page)]).toEqual([503, 'unknown']);
    };
    await withoutTable(issuer.database, 'card_tap', fault, 'issuer');
    expect((await send(one))[0]).toMatchObject({ verdict: 'accepted' });
  });

  it('stops asking for who opens too many', async () => {
    const slow = await startVerifier({
      port: PORT + 4,
      issuerUrl: issuer.url,
      environment: { LANYARD_PUBLIC_PAGE_PER_MINUTE: '3' },
    });
    const url = `http://localhost:${PORT + 4}/c/7/${'0'.repeat(32)}/${'0'.repeat(16)}`;
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await open(url)).status);
    await slow.close();
    expect(statuses.slice(3)).toEqual([429, 429]);
  });
});

describe('attack: a SUN URL is copied', () => {
  it('is accepted once of 1,000 requests over both doors at two processes', async () => {
    const second = await verifier.startSecond(PORT + 1);
    const url = readUrl(bound.card);
    const [, , , , version, picc, mac] = url.split('/');
    const one: TapBody = {
      ...{ id: '', picc_data: picc!, cmac: mac!, key_version: Number(version), at: Math.floor(Date.now() / 1000) },
    };
    const clients = [agent.client, verifier.clientAt(second, agent.agent_id, agent.key)];
    const bases = [ORIGIN, second];
    const path = new URL(url).pathname;
    const race = async (i: number): Promise<boolean> => {
      if (i % 2 === 0) return (await pageState(await open(`${bases[(i >> 1) % 2]}${path}`))) === 'valid';
      const answer = await clients[(i >> 1) % 2]!.json<{ results: Result[] }>('/v1/card-taps', {
        ...body(again(one)),
        timeoutMs: 60_000,
      });
      return answer.results[0]?.verdict === 'accepted';
    };
    const accepted = await Promise.all(Array.from({ length: 1000 }, (_, i) => race(i)));
    expect(accepted.filter(Boolean)).toHaveLength(1);
    const { rows } = await issuer.database.run.raw('SELECT replays FROM card WHERE number = ?', [bound.number]);
    expect(rows[0].replays).toBeGreaterThan(0);
    // Against what hangs: on two busy cores it takes a minute.
  }, 240_000);

  it('is worth nothing after the card was used again, and staff see an alarm', async () => {
    const copied = tap();
    expect((await send(tap()))[0]?.verdict).toBe('accepted');
    expect((await send(copied))[0]).toMatchObject({ verdict: 'rejected', reason: 'replayed' });
    const listed = (await (await issuer.operator('/v1/cards?alarms=true')).json()) as { cards: { number: string }[] };
    expect(listed.cards.map((card) => card.number)).toContain(bound.number);
  });
});
