import { randomUUID } from 'node:crypto';
import { signJws } from '@lanyard/protocol';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { OPERATOR_TOKEN, POLICY, startVerifier, type TestVerifier } from './support/start-verifier.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
const now = () => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  issuer = await startStandInIssuer(7340);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: 7341, issuerUrl: issuer.url });
  await verifier.putCheckpoint('south-gate');
  await verifier.synced(issuer.sequence());
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const token = (change: object = {}, key = verifier.adminKey, typ = 'lanyard-caller+jwt') =>
  signJws(
    { typ },
    { iss: 'admin', sub: 'admin', aud: 'verifier', iat: now(), exp: now() + 55, jti: randomUUID(), ...change },
    createSigner(key.privateKey),
  );
const ask = async (bearer: string) => {
  const answer = await verifier.call('/v1/checkpoints', { headers: { Authorization: `Bearer ${bearer}` } });
  return [answer.status, ((await answer.json()) as { code?: string }).code];
};
const withHeader = (header: object, bearer: string) =>
  [Buffer.from(JSON.stringify(header)).toString('base64url'), ...bearer.split('.').slice(1)].join('.');

describe('a caller token', () => {
  it('is taken once', async () => {
    const once = token();
    expect((await ask(once))[0]).toBe(200);
    expect(await ask(once)).toEqual([401, 'caller-token-replayed']);
  });
  const refused: [string, string, () => string][] = [
    ['another audience', 'caller-token-invalid', () => token({ aud: 'issuer' })],
    ['expired', 'caller-token-invalid', () => token({ iat: now() - 120, exp: now() - 65 })],
    ['living too long', 'caller-token-invalid', () => token({ exp: now() + 600 })],
    ['from the future', 'caller-token-invalid', () => token({ iat: now() + 60, exp: now() + 100 })],
    ['another key', 'caller-token-invalid', () => token({}, generateKeyPair())],
    ['another type', 'caller-token-invalid', () => token({}, verifier.adminKey, 'JWT')],
    ['sub of another', 'caller-token-invalid', () => token({ sub: 'issuer' })],
    ['a caller nobody knows', 'caller-unknown', () => token({ iss: 'campus', sub: 'campus' })],
    ['the name of the staff page', 'caller-unknown', () => token({ iss: 'staff', sub: 'staff' })],
    [
      'alg none',
      'caller-token-invalid',
      () => withHeader({ alg: 'none', typ: 'lanyard-caller+jwt' }, token()).replace(/[^.]*$/, ''),
    ],
    ['alg HS256', 'caller-token-invalid', () => withHeader({ alg: 'HS256', typ: 'lanyard-caller+jwt' }, token())],
    [
      'a key in the header',
      'caller-token-invalid',
      () => withHeader({ alg: 'ES256', typ: 'lanyard-caller+jwt', jwk: generateKeyPair().jwk }, token()),
    ],
  ];
  it.each(refused)('is refused [%s]', async (_, code, make) => {
    expect(await ask(make())).toEqual([401, code]);
  });
});

describe('the operator token', () => {
  it('is refused when it is not the one [another, a part of it]', async () => {
    expect((await ask(OPERATOR_TOKEN))[0]).toBe(200);
    expect((await ask(OPERATOR_TOKEN.replace('0', '1')))[0]).toBe(401);
    expect((await ask(OPERATOR_TOKEN.slice(0, -1)))[0]).toBe(401);
  });
});

describe('a checkpoint becomes a counter', () => {
  const path = '/v1/checkpoints/south-gate/counter';
  const put = { method: 'PUT', body: { partner: 'nobody', entitlement: 'rail-student-discount' } };
  it('by the console in somebody’s name, which the audit keeps [ended]', async () => {
    const answer = await verifier.admin.json(path, { method: 'DELETE', actor: 'account:4d7c' });
    expect(answer).toMatchObject({ id: 'south-gate', counter: null });
    const { rows } = await verifier.database.run.raw("SELECT row_text FROM audit WHERE action = 'checkpoint.changed'");
    const written = (rows as { row_text: string }[]).map(({ row_text }) => JSON.parse(row_text));
    expect(written).toContainEqual(
      expect.objectContaining({ actor: 'account:4d7c', subject: 'checkpoint:south-gate' }),
    );
  });
  it('of a partner there is, at a checkpoint there is [no partner] [no checkpoint] [no discount]', async () => {
    const refused = (place: string, more: object = {}) =>
      verifier.admin
        .json(place, { ...put, actor: 'account:4d7c', ...more })
        .catch(({ status, code }) => [status, code]);
    expect(await refused(path)).toEqual([404, 'partner-not-found']);
    expect(await refused('/v1/checkpoints/nowhere/counter', { method: 'DELETE', body: undefined })).toEqual([
      ...[404, 'checkpoint-not-found'],
    ]);
    const body = { ...put.body, entitlement: 'free-lunch' };
    expect(await refused(path, { body })).toEqual([400, 'input-invalid']);
  });
  it('by no other service, and by no agent, not even of its own [idp] [agent] [nobody]', async () => {
    const agent = await verifier.enrolAgent('south-gate');
    for (const other of [verifier.idp, agent.client])
      await expect(other.json(path, put)).rejects.toMatchObject({ status: 403 });
    expect((await verifier.call(path, put)).status).toBe(401);
  });
  it('and nothing else of it is the console’s to change', async () => {
    const body = { name_zh: '售票处', name_en: 'Ticket office', policy: POLICY };
    const whole = verifier.admin.json('/v1/checkpoints/south-gate', { method: 'PUT', body, actor: 'account:4d7c' });
    await expect(whole).rejects.toMatchObject({ status: 403 });
  });
});

describe('a hostile body is a 4xx problem and nothing else', () => {
  const deep = `${'['.repeat(40)}1${']'.repeat(40)}`;
  const bodies: [string, number, string | Uint8Array, string][] = [
    ['not JSON', 400, '{"code":', 'application/json'],
    ['nested too deeply', 400, deep, 'application/json'],
    ['not UTF-8', 400, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'application/json'],
    ['UTF-16', 400, Buffer.from('{"code":"x"}', 'utf16le'), 'application/json'],
    ['another type', 415, 'code=x', 'application/x-www-form-urlencoded'],
    ['2 MB', 413, JSON.stringify({ code: 'x'.repeat(2_000_000) }), 'application/json'],
    ['a prototype', 400, '{"__proto__":{"code":"x"}}', 'application/json'],
    ['a NUL in a name', 404, '{"code":"x","checkpoint":"a\\u0000"}', 'application/json'],
    ['an unpaired surrogate', 404, '{"code":"x","checkpoint":"\\ud800"}', 'application/json'],
    ['empty', 400, '', 'application/json'],
  ];
  it.each(bodies)('[%s]', async (_, status, body, type) => {
    const answer = await fetch(`${verifier.url}/v1/verifications`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, 'Content-Type': type },
      body: typeof body === 'string' ? body : Buffer.from(body),
    });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    if (status !== 404) expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({
      code: expect.any(String),
      title: expect.any(String),
      title_zh: expect.any(String),
    });
  });
  it.each([
    ['/v1/checkpoints?limit=0', 400],
    ['/v1/checkpoints?limit=1&limit=2', 400],
    ['/v1/checkpoints/%E0%A4%A', 400],
    ['/v1/checkpoints/south-gate/counts?day=2026-02-31', 400],
    ['/v1/live?wait=900', 400],
    ['/v1/audit?limit=100000', 400],
    ['/v1/nothing', 404],
  ])('[address %s]', async (path, status) => {
    const answer = await verifier.operator(path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });
});

it('leaves the public half of its client key for the services it calls, and keeps its keys over a restart', async () => {
  const { readFileSync } = await import('node:fs');
  const before = readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8');
  const kid = verifier.verifier.signers.active('package').kidText;
  await verifier.close(true);
  verifier = await startVerifier({
    port: 7341,
    issuerUrl: issuer.url,
    again: { database: verifier.database, folder: verifier.folder },
  });
  expect(readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8')).toBe(before);
  expect(JSON.parse(before)).not.toHaveProperty('d');
  expect(verifier.verifier.signers.active('package').kidText).toBe(kid);
});
