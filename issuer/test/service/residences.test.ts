import { createServiceClient, type ServiceClient, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { driftOf } from '../../src/domain/sources/drift.js';
import { claimAt, requestBody, roster } from './support/claim.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const [A, B, C] = ['202301000001', '202305000002', '202309000003'] as const;
let issuer: TestIssuer;
let dormitory: ServiceClient;
let numbers: string[];

const sourceOf = (name: string, pair = generateKeyPair()) => ({
  jwk: { kty: pair.jwk.kty, crv: pair.jwk.crv, x: pair.jwk.x, y: pair.jwk.y },
  client: createServiceClient({
    ...{ baseUrl: issuer.url, audience: 'issuer', caller: `source:${name}`, clock: systemClock },
    sign: createSigner(pair.privateKey),
  }),
});
async function register(name: string): Promise<ServiceClient> {
  const { jwk, client } = sourceOf(name);
  expect((await issuer.operator(`/v1/sources/${name}`, { method: 'PUT', body: { jwk } })).status).toBe(200);
  return client;
}
beforeAll(async () => {
  issuer = await startIssuer('http://localhost:8080');
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  const { rows } = await issuer.database.run.raw('SELECT student_number FROM student ORDER BY id LIMIT 40');
  numbers = (rows as { student_number: string }[]).map(({ student_number }) => student_number);
  dormitory = await register('dormitory');
}, 120_000);
afterAll(() => issuer?.close());

type Facts = [number: string, building: string][];
const push = (client: ServiceClient, after: string | null, watermark: string, facts: Facts) =>
  client.json<{ changed: number; unknown: number; repeated: boolean }>('/v1/residences', {
    method: 'POST',
    body: { after, watermark, facts: facts.map(([student_number, building]) => ({ student_number, building })) },
  });
const rowOf = async (number: string) => {
  const { rows } = await issuer.database.run.raw(
    'SELECT building, policy_class FROM student WHERE student_number = ?',
    [number],
  );
  return rows[0] as { building: string; policy_class: number };
};
const report = async (id = 'dormitory') => {
  const { sources } = (await (await issuer.operator('/v1/sources')).json()) as { sources: { id: string }[] };
  return sources.find((one) => one.id === id);
};
const setClass = (building: string, policy_class: number) =>
  issuer.operator('/v1/building-classes', { method: 'PUT', body: { building, policy_class } });

describe('residences of a source', () => {
  it('are taken piece by piece, each once, whatever the network repeats', async () => {
    const own = await register('first');
    const [one, two] = numbers as [string, string];
    expect(
      await push(own, null, 'w1', [
        [one, '7 号楼'],
        [two, '6 号楼'],
      ]),
    ).toMatchObject({ changed: 2, unknown: 0 });
    expect(
      await push(own, null, 'w1', [
        [one, '7 号楼'],
        [two, '6 号楼'],
      ]),
    ).toMatchObject({ changed: 0, repeated: true });
    expect(await push(own, 'w1', 'w2', [[one, '6 号楼']])).toMatchObject({ changed: 1, repeated: false });
    expect(await rowOf(one)).toMatchObject({ building: '6 号楼' });
    await expect(push(own, 'w1', 'w3', [[two, '5 号楼']])).rejects.toMatchObject({
      status: 409,
      code: 'source-watermark-conflict',
      problem: { watermark: 'w2' },
    });
    expect(await rowOf(two)).toMatchObject({ building: '6 号楼' });
  });
  it('of twenty that follow one watermark at once, one is taken', async () => {
    const own = await register('raced');
    const tries = Array.from({ length: 20 }, (_, n) =>
      push(own, null, `r${n}`, [[numbers[2] as string, `${n} 号楼`]]).then(
        ({ repeated }) => !repeated,
        () => false,
      ),
    );
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
    const { rows } = await issuer.database.run.raw("SELECT watermark FROM source_progress WHERE source = 'raced'");
    expect(await rowOf(numbers[2] as string)).toMatchObject({ building: `${rows[0].watermark.slice(1)} 号楼` });
  });
  it('bring the class of the building, take it away with a move, and leave a class given by hand', async () => {
    const own = await register('classed');
    const [resident, byHand] = numbers.slice(4, 6) as [string, string];
    await issuer.operator('/v1/policy-classes', { body: { policy_class: 9, student_numbers: [byHand] } });
    expect((await setClass('8 号楼', 8)).status).toBe(200);
    const before = (await issuer.database.run.raw('SELECT count(*)::int AS n FROM people_mark')).rows[0].n;
    await push(own, null, 'c1', [
      [resident, '8 号楼'],
      [byHand, '8 号楼'],
    ]);
    expect(await rowOf(resident)).toEqual({ building: '8 号楼', policy_class: 8 });
    expect(await rowOf(byHand)).toEqual({ building: '8 号楼', policy_class: 9 });
    expect((await issuer.database.run.raw('SELECT count(*)::int AS n FROM people_mark')).rows[0].n).toBeGreaterThan(
      before,
    );
    expect(await (await setClass('8 号楼', 18)).json()).toEqual({ changed: 1 });
    expect(await rowOf(resident)).toMatchObject({ policy_class: 18 });
    await push(own, 'c1', 'c2', [[resident, '']]);
    expect(await rowOf(resident)).toEqual({ building: '', policy_class: 0 });
  });
  it('of numbers nobody has wait for who comes with one, and are counted meanwhile', async () => {
    expect(await push(dormitory, null, 'd1', [['777000111', '1 号楼']])).toMatchObject({ changed: 0, unknown: 1 });
    expect(await report()).toMatchObject({ watermark: 'd1', unknown: 1 });
    await issuer.database.run.raw("UPDATE student SET student_number = '777000111' WHERE student_number = ?", [A]);
    await issuer.maintain();
    const { rows } = await issuer.database.run.raw("SELECT building FROM student WHERE student_number = '777000111'");
    expect(rows[0]).toEqual({ building: '1 号楼' });
    expect(await report()).toMatchObject({ unknown: 0 });
  });
  it('differ from the source’s own count until they do not, building by building', async () => {
    const { rows } = await issuer.database.run.raw(
      "SELECT building, count(*)::int AS n FROM student WHERE building <> '' GROUP BY building",
    );
    const counts = Object.fromEntries(
      (rows as { building: string; n: number }[]).map(({ building, n }) => [building, n]),
    );
    const count = (body: object) => dormitory.json('/v1/residences/counts', { method: 'POST', body });
    expect(await count({ counts })).toEqual({ drift: [] });
    expect(await report()).toMatchObject({ buildings: [] });
    const one = Object.keys(counts)[0] as string;
    const drift = [{ building: one, source: (counts[one] ?? 0) + 3, register: counts[one] }];
    expect(await count({ counts: { ...counts, [one]: (counts[one] ?? 0) + 3 } })).toEqual({ drift });
    expect(await report()).toMatchObject({ buildings: drift });
  });
  it('are told to forms and to who asks what is kept of him', async () => {
    await push(dormitory, 'd1', 'd2', [[B, '3 号楼']]);
    const { rows } = await issuer.database.run.raw("SELECT row_text FROM audit WHERE action = 'residence.changed'");
    expect(rows.length).toBeGreaterThan(0);
    for (const { row_text: text } of rows as { row_text: string }[]) expect(text).not.toMatch(/号楼|2023/);
    const shown = (await (await issuer.operator(`/v1/students/${B}`)).json()) as { building: string };
    expect(shown.building).toBe('3 号楼');
  });
  it('are told to the wallet that waits for news, and to no credential [moved] [moved out]', async () => {
    const own = await register('told');
    const resident = numbers[9] as string;
    const { wallet, tokens } = await claimAt(issuer, resident);
    const stateAt = async (query = ''): Promise<{ version: number; building: string | null }> =>
      (await wallet.call(`/v1/holder/state${query}`, tokens.access_token)).json();
    const before = await stateAt();
    expect(before).toMatchObject({ building: null });
    const waiting = stateAt(`?after=${before.version}&wait=20`);
    await push(own, null, 't1', [[resident, '5 号楼']]);
    const after = await waiting;
    expect(after).toMatchObject({ version: before.version + 1, building: '5 号楼' });
    const body = await requestBody(wallet, 'student-id-sd-jwt');
    const card = await (await wallet.call('/credential', tokens.access_token, body)).json();
    const disclosed = (card.credentials[0].credential as string).split('~').slice(1);
    expect(disclosed.map((part) => Buffer.from(part, 'base64url').toString()).join()).not.toContain('5 号楼');
    await push(own, 't1', 't2', [[resident, '']]);
    expect(await stateAt()).toMatchObject({ version: after.version + 1, building: null });
    // The same again moves nobody and wakes nobody.
    await push(own, 't2', 't3', [[resident, '']]);
    expect(await stateAt()).toMatchObject({ version: after.version + 1 });
  });
  it.each([
    [
      'a number twice',
      [
        [C, '1 号楼'],
        [C, '2 号楼'],
      ],
    ],
    ['no number', [['', '1 号楼']]],
    ['a name of a building without end', [[C, '楼'.repeat(101)]]],
    ['more than 2,000', Array.from({ length: 2_001 }, (_, n) => [String(n), '1 号楼'])],
  ] as [string, Facts][])('are refused whole [%s]', async (_, facts) => {
    await expect(push(dormitory, 'd2', 'd3', facts)).rejects.toMatchObject({ status: 400 });
    expect(await report()).toMatchObject({ watermark: 'd2' });
  });
  it('are taken from a registered source alone [operator] [no key] [withdrawn] [another’s key]', async () => {
    const body = { after: null, watermark: 'x', facts: [] };
    expect((await issuer.operator('/v1/residences', { body })).status).toBe(403);
    await expect(push(sourceOf('nobody').client, null, 'x', [])).rejects.toMatchObject({ status: 401 });
    await expect(push(sourceOf('dormitory').client, 'd2', 'x', [])).rejects.toMatchObject({ status: 401 });
    const gone = await register('gone');
    expect((await issuer.operator('/v1/sources/gone/withdraw', { body: {} })).status).toBe(204);
    expect((await issuer.operator('/v1/sources/gone/withdraw', { body: {} })).status).toBe(404);
    await expect(push(gone, null, 'x', [])).rejects.toMatchObject({ status: 401 });
  });
  it.each([
    ['a private key', { d: 'x' }, 400, 'input-invalid'],
    ['a point that is on no curve', { x: 'AAAA', y: 'AAAA' }, 422, 'source-key-invalid'],
  ])('need a public key [%s]', async (_, more, status, code) => {
    const { jwk } = sourceOf('bad');
    const answer = await issuer.operator('/v1/sources/bad', { method: 'PUT', body: { jwk: { ...jwk, ...more } } });
    expect(answer.status).toBe(status);
    const said = { code, title: expect.any(String), title_zh: expect.stringMatching(/\p{Script=Han}/u) };
    expect(await answer.json()).toMatchObject(said);
  });
});

describe('where source and register differ', () => {
  it('is told with the largest difference first, and a building only one of them knows', () => {
    expect(driftOf({ a: 5, b: 1, c: 2 }, { a: 5, b: 4, d: 1 })).toEqual([
      { building: 'b', source: 1, register: 4 },
      { building: 'c', source: 2, register: 0 },
      { building: 'd', source: 0, register: 1 },
    ]);
    expect(driftOf({}, {})).toEqual([]);
  });
});
