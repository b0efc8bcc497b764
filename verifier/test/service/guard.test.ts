import { readFileSync } from 'node:fs';
import { systemClock } from '@lanyard/platform';
import {
  acceptPackage,
  createVerifyKeyCache,
  decideCode,
  decideDataOf,
  decodeBase64url,
  parsePaperPass,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { createStaffStore } from '../../src/storage/staff-store.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';

const NUMBER = '202301000001';
const OTHER = '202305000003';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const jpeg = readFileSync(new URL('../../../launcher/assets/portraits/01.jpg', import.meta.url));
let issuer: TestIssuer;
let verifier: TestVerifier;
let agent: Awaited<ReturnType<TestVerifier['enrolAgent']>>;

interface Person {
  look: string;
  name: string;
  student_number: string;
  portrait: string | null;
  in_packages: boolean;
}

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  for (const number of [NUMBER]) {
    await issuer.operator(`/v1/students/${number}/portrait`, { method: 'PUT', bytes: jpeg, type: 'image/jpeg' });
  }
  await issuer.verifier.json('/v1/signers');
  verifier = await startVerifier({ port: 9755, issuerUrl: issuer.url });
  const jwk = readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8');
  await issuer.database.run.raw("UPDATE caller SET public_jwk = ? WHERE id = 'verifier'", [jwk]);
  await verifier.putCheckpoint('south-gate', {
    guard_release: true,
    paper_passes: 'accept-marked',
    show_portrait: true,
  });
  await verifier.putCheckpoint('library', { guard_release: false });
  await until(() => verifier.verifier.mirror.state().people !== undefined);
  agent = await verifier.enrolAgent('south-gate');
}, 120_000);
afterAll(async () => {
  await verifier?.close();
  await issuer?.close();
});

/** A browser of somebody with these roles, as the sign-in leaves it. */
async function signedIn(...roles: string[]) {
  const staff = createStaffStore(verifier.database.run, systemClock);
  const sid = `sid-${Math.random()}`;
  const account = { subject: `subject-${sid}`, sid, idToken: 'none', name: '测试·门岗', roles };
  const session = await staff.openAccountSession(account);
  const headers = { Cookie: `lanyard_verifier_session=${session!.secret}`, Origin: verifier.url };
  const post = async (path: string, body: object) => {
    const answer = await verifier.call(path, { body, headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> & { code?: string } };
  };
  const find = async (q: string) =>
    (await post('/v1/staff/people-searches', { q })).body as unknown as { people: Person[]; more: boolean };
  return { post, find, get: (path: string) => verifier.call(path, { headers: { Cookie: headers.Cookie } }) };
}
const auditOf = async (service: Pick<TestVerifier, 'operator'>, action: string) =>
  ((await (await service.operator(`/v1/audit?action=${action}`)).json()) as { rows: Record<string, unknown>[] }).rows;
async function packageNow() {
  const signers = (list: { kid: string; key: string }[]) =>
    list.map(({ kid, key }) => ({ kid: decodeBase64url(kid), key: decodeBase64url(key) }));
  const response = await agent.client.raw('/v1/checkpoints/south-gate/package');
  const taken = acceptPackage(nodeCrypto, {
    have: undefined,
    envelope: new Uint8Array(await response.arrayBuffer()),
    pinned: { people: signers(agent.people_signers), checkpoint: signers(agent.checkpoint_signers) },
    checkpointId: 'south-gate',
    nowSeconds: systemClock.nowSeconds(),
  });
  if (!taken.ok) throw new Error(taken.refusal);
  return taken.state;
}

describe('a signed-in guard', () => {
  it('finds a student by number and by name, with the portrait, and each look is audited at the issuer', async () => {
    const guard = await signedIn('guard@campus:花都校区');
    const before = (await auditOf(issuer, 'student.looked-up')).length;
    const byNumber = await guard.find(NUMBER);
    expect(byNumber.people).toMatchObject([{ student_number: NUMBER, in_packages: false }]);
    const byName = await guard.find(byNumber.people[0]!.name);
    expect(byName.people.map(({ student_number }) => student_number)).toContain(NUMBER);
    const portrait = await guard.get(byNumber.people[0]!.portrait!);
    expect([portrait.status, portrait.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect((await auditOf(issuer, 'student.looked-up')).length).toBe(before + 1 + byName.people.length);
  });

  it('lets in with a reason: an order for the gate, a row and an audit row, counted for him', async () => {
    const guard = await signedIn('guard@university');
    const [person] = (await guard.find(NUMBER)).people;
    await packageNow();
    const body = { checkpoint: 'south-gate', look: person!.look, reason: '手机没电，核对照片' };
    expect(await guard.post('/v1/staff/releases', body)).toMatchObject({ status: 201, body: { gate: 'ordered' } });
    expect((await packageNow()).checkpoint.orders).toMatchObject([{ kind: 'release', rowNumber: null }]);
    const listed = (await (await verifier.operator('/v1/guard-releases')).json()) as {
      counts: { n: number }[];
      releases: { reason: string; checkpoint: string }[];
    };
    expect(listed.counts[0]!.n).toBe(1);
    expect(listed.releases[0]).toMatchObject({ checkpoint: 'south-gate', reason: body.reason });
    const [row] = await auditOf(verifier, 'guard.released');
    expect(JSON.stringify(row)).not.toContain(NUMBER);
  });

  it.each<[string, string[], string, number, string]>([
    ['a clerk lets in', ['window-clerk@university'], 'releases', 403, 'staff-role-missing'],
    ['a guard prints', ['guard@university'], 'paper-passes', 403, 'staff-role-missing'],
    ['somebody without a role searches', [], 'people-searches', 403, 'staff-role-missing'],
  ])('does what his role says and no more [%s]', async (_, roles, path, status, code) => {
    const someone = await signedIn(...roles);
    const body = {
      releases: { checkpoint: 'south-gate', look: 'A'.repeat(22), reason: '测试' },
      'paper-passes': { look: 'A'.repeat(22), reason: '测试' },
      'people-searches': { q: NUMBER },
    }[path]!;
    expect(await someone.post(`/v1/staff/${path}`, body)).toMatchObject({ status, body: { code } });
  });

  it('acts on his own looks only, where the checkpoint allows it [other’s look] [not allowed] [no row]', async () => {
    const [one, two] = [await signedIn('guard@university'), await signedIn('guard@university')];
    const [person] = (await one.find(NUMBER)).people;
    const release = { checkpoint: 'south-gate', look: person!.look, reason: '测试' };
    expect(await two.post('/v1/staff/releases', release)).toMatchObject({
      status: 404,
      body: { code: 'look-not-found' },
    });
    const elsewhere = await one.post('/v1/staff/releases', { ...release, checkpoint: 'library' });
    expect(elsewhere).toMatchObject({ status: 403, body: { code: 'release-not-allowed' } });
    const forgiven = await one.post('/v1/staff/forgivings', { checkpoint: 'south-gate', look: person!.look });
    expect(forgiven).toMatchObject({ status: 409, body: { code: 'person-not-in-packages' } });
  });

  it('searches for somebody, not through everybody [one letter] [a wildcard finds nobody] [at most eight]', async () => {
    const guard = await signedIn('guard@university');
    for (const q of ['a', 'a\0b', 'ab\ud800'])
      expect((await guard.post('/v1/staff/people-searches', { q })).status).toBe(400);
    expect((await guard.find('%%')).people).toEqual([]);
    expect((await guard.find('2023')).people).toEqual([]);
  });
});

describe('a pass on paper', () => {
  const decide = async (code: string) => {
    const nowSeconds = systemClock.nowSeconds();
    const context = { crypto: nodeCrypto, keys: createVerifyKeyCache(nodeCrypto, 10), nowSeconds };
    return decideCode(code, decideDataOf(await packageNow(), nowSeconds), context);
  };

  it('is printed by a clerk once a day, opens a gate that takes paper, marked, and is taken back', async () => {
    const clerk = await signedIn('window-clerk@university');
    const [person] = (await clerk.find(NUMBER)).people;
    const made = await clerk.post('/v1/staff/paper-passes', { look: person!.look, reason: '手机丢失' });
    expect(made).toMatchObject({ status: 201, body: { name: person!.name } });
    const { code, portrait } = made.body as { code: string; portrait: string };
    expect(Buffer.from(portrait, 'base64').subarray(0, 2).toString('hex')).toBe('ffd8');
    const { claims } = parsePaperPass(code);
    expect(claims.expiresSeconds - claims.validFromSeconds).toBe(12 * 3600);
    await until(async () => (await decide(code)).verdict === 'accepted');
    expect(await decide(code)).toMatchObject({ scheme: 'paper-pass', marks: ['paper'] });
    const again = await clerk.post('/v1/staff/paper-passes', { look: person!.look, reason: '再来一张' });
    expect(again).toMatchObject({ status: 409, body: { code: 'paper-pass-today' } });
    await issuer.operator(`/v1/students/${NUMBER}/paper-passes/revoke`, { method: 'POST' });
    await until(async () => (await decide(code)).reason === 'revoked');
    expect((await auditOf(issuer, 'paper-pass.issued')).length).toBe(1);
  });

  it('is printed for nobody without a portrait, and for nobody who is suspended', async () => {
    const clerk = await signedIn('window-clerk@university');
    const [person] = (await clerk.find(OTHER)).people;
    const body = { look: person!.look, reason: '测试' };
    const refused = await clerk.post('/v1/staff/paper-passes', body);
    expect(refused).toMatchObject({ status: 409, body: { code: 'portrait-missing' } });
    await issuer.operator(`/v1/students/${OTHER}/suspend`, { body: { reason_code: 'lost-phone' } });
    const suspended = await clerk.post('/v1/staff/paper-passes', body);
    expect(suspended).toMatchObject({ status: 409, body: { code: 'credential-state-conflict' } });
  });
});
