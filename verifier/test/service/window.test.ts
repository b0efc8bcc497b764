import { readFileSync, writeFileSync } from 'node:fs';
import { createServiceClient, systemClock } from '@lanyard/platform';
import {
  assembleGateCode,
  decodeBase64url,
  gateCodeSecrets,
  keyDay,
  linkKeyOfDay,
  prepareGateCode,
} from '@lanyard/protocol';
import { createSigner, generateKeyPair, nodeCrypto, nodeRandomBytes } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Claimed, claimAt, roster } from '../../../issuer/test/service/support/claim.js';
import { startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import type { PassageEntry } from '../../src/domain/passages/passage-entry.js';
import { signedIn } from './support/signed-in.js';
import { nowSeconds } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';
import { createWindowReader } from './support/window-reader.js';

const NUMBER = '202301000001';
let issuer: TestIssuer;
let verifier: TestVerifier;
let closed = false;
let student: Claimed & { gateCode: () => string; row: number };
type Agent = Awaited<ReturnType<TestVerifier['enrolAgent']>>;

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await issuer.verifier.json('/v1/signers');
  verifier = await startVerifier({ port: 9720, issuerUrl: issuer.url });
  const jwk = readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8');
  await issuer.database.run.raw("UPDATE caller SET public_jwk = ? WHERE id = 'verifier'", [jwk]);
  await verifier.putCheckpoint('window-open', { window_mode: 'open', zone: 'w1' });
  await verifier.putCheckpoint('window-nod', {
    ...{ window_mode: 'nod', window_without_nod: 'with-reason', show_portrait: true, zone: 'w2' },
  });
  await verifier.putCheckpoint('window-strict', { window_mode: 'nod', zone: 'w3' });
  await verifier.putCheckpoint('gate', { zone: 'w4' });
  student = await claimWithGateKey();
  await until(() => verifier.verifier.mirror.state().people !== undefined);
  await until(
    async () => (await verifier.verify({ code: student.gateCode(), checkpoint: 'gate' })).verdict === 'accepted',
  );
}, 120_000);
afterAll(async () => {
  await verifier?.close();
  if (!closed) await issuer?.close();
});

async function claimWithGateKey() {
  const claimed = await claimAt(issuer, NUMBER);
  const pair = generateKeyPair();
  const proof = claimed.wallet.proof(pair, await claimed.wallet.nonce(), { typ: 'lanyard-gate-key-proof+jwt' });
  const { link_key, key_day } = (await (
    await claimed.wallet.call('/v1/gate-keys', claimed.tokens.access_token, { proof })
  ).json()) as { link_key: string; key_day: number };
  const { rows } = await issuer.database.run.raw(
    'SELECT h.row_number FROM holder h JOIN student s ON s.id = h.student_id WHERE s.student_number = ?',
    [NUMBER],
  );
  const gateCode = () => {
    const timeSeconds = nowSeconds();
    const linkKey = linkKeyOfDay(nodeCrypto, decodeBase64url(link_key), key_day, keyDay(timeSeconds));
    const nonce = nodeRandomBytes(4);
    const prepared = prepareGateCode({ ...gateCodeSecrets(nodeCrypto, linkKey), timeSeconds, nonce });
    return assembleGateCode(prepared, createSigner(pair.privateKey)(prepared.toBeSigned));
  };
  return { ...claimed, gateCode, row: Number(rows[0].row_number) };
}

const clerk = () => signedIn(verifier, 'window-clerk@university');

const createReader = (agent: Agent) => createWindowReader(agent, student.row);
const arrivalsAt = async (desk: Awaited<ReturnType<typeof clerk>>, checkpoint: string, after = 0, wait = 0) =>
  (await desk.get(`/v1/staff/arrivals?checkpoint=${checkpoint}&after=${after}&wait=${wait}`)).body as unknown as {
    arrivals: { id: string; scheme: string }[];
    last: number;
  };
const nodOf = async () => {
  const state = (await (await student.wallet.call('/v1/holder/state', student.tokens.access_token)).json()) as {
    nods: { id: string; place_en: string; purpose: string }[];
  };
  return state.nods[0];
};
const answer = (id: string, value: 'agreed' | 'refused') =>
  student.wallet.call(`/v1/holder/nods/${id}`, student.tokens.access_token, { answer: value });
const audited = async (service: Pick<TestVerifier, 'operator'>, action: string) =>
  ((await (await service.operator(`/v1/audit?action=${action}`)).json()) as { rows: unknown[] }).rows;

const strangers = generateKeyPair();
/** A service that has introduced itself. */
function clientOf(name: 'campus' | 'stranger') {
  writeFileSync(`${verifier.folder}/${name}.jwk.json`, JSON.stringify(strangers.jwk));
  return createServiceClient({
    ...{ baseUrl: verifier.url, audience: 'verifier', caller: name, sign: createSigner(strangers.privateKey) },
    clock: systemClock,
  });
}

describe('check-in at an activity', () => {
  const scanAs = (name: 'campus' | 'stranger', code: string) =>
    clientOf(name).json<{ verdict: string; reason?: string; student_number: string | null }>('/v1/attendance-scans', {
      ...{ method: 'POST', body: { code }, actor: 'service:campus' },
    });
  it('campus learns the number of who was let in, and of nobody else [screenshot, no code of ours]', async () => {
    const code = student.gateCode();
    expect(await scanAs('campus', code)).toMatchObject({ verdict: 'accepted', student_number: NUMBER });
    const again = await scanAs('campus', code);
    expect(again).toMatchObject({ verdict: 'rejected', reason: 'replayed', student_number: null });
    const other = await scanAs('campus', 'https://example.com/');
    expect(other.verdict).not.toBe('accepted');
    expect(other.student_number).toBeNull();
  });
  it('refuses a stranger, and the operator', async () => {
    await expect(scanAs('stranger', student.gateCode())).rejects.toMatchObject({ status: 401 });
    const { status } = await verifier.call('/v1/attendance-scans', { body: { code: student.gateCode() } });
    expect([401, 403]).toContain(status);
  });
});

describe('a tap at a window’s reader', () => {
  it.each(['nfc-a', 'nfc-b', 'gate-code'] as const)(
    'opens the student’s page for the clerk, once [%s]',
    async (scheme) => {
      const desk = await clerk();
      const tap = createReader(await verifier.enrolAgent('window-open'));
      const { last } = await arrivalsAt(desk, 'window-open');
      const waiting = arrivalsAt(desk, 'window-open', last, 20);
      await tap({ scheme });
      const { arrivals } = await waiting;
      expect(arrivals).toMatchObject([{ scheme }]);
      expect(JSON.stringify(arrivals)).not.toContain(NUMBER);
      const opened = await desk.post(`/v1/staff/arrivals/${arrivals[0]!.id}/open`);
      expect(opened.body.person).toMatchObject({ student_number: NUMBER });
      const colleague = await clerk();
      expect((await colleague.post(`/v1/staff/arrivals/${arrivals[0]!.id}/open`)).body.code).toBe('arrival-taken');
      expect((await arrivalsAt(colleague, 'window-open', last)).arrivals).toEqual([]);
      expect((await audited(issuer, 'student.opened-at-window')).length).toBeGreaterThan(0);
    },
  );

  it.each<[string, Partial<PassageEntry>]>([
    ['refused', { verdict: 'rejected', reason: 'suspended' }],
    ['of nobody known', { row: null }],
    ['old', { at: nowSeconds() - 120 }],
    ['let in by hand', { scheme: 'guard' }],
    ['begun at a tag, which can be passed on', { scheme: 'nfc-c' }],
    ['a card that nobody was asked about', { scheme: 'nfc-b', marks: ['card-offline'] }],
  ])('opens nothing [%s]', async (_, change) => {
    const desk = await clerk();
    const tap = createReader(await verifier.enrolAgent('window-open'));
    const { last } = await arrivalsAt(desk, 'window-open');
    await tap(change);
    expect((await arrivalsAt(desk, 'window-open', last)).arrivals).toEqual([]);
  });

  it('is nothing to others [guard] [no session] [no window] [too late]', async () => {
    const desk = await clerk();
    const tap = createReader(await verifier.enrolAgent('window-open'));
    const { last } = await arrivalsAt(desk, 'window-open');
    await tap();
    const { id } = (await arrivalsAt(desk, 'window-open', last)).arrivals[0]!;
    const guard = await signedIn(verifier, 'guard@university');
    expect((await guard.post(`/v1/staff/arrivals/${id}/open`)).body.code).toBe('staff-role-missing');
    expect((await guard.get('/v1/staff/arrivals?checkpoint=window-open')).body.code).toBe('staff-role-missing');
    expect((await verifier.call('/v1/staff/arrivals?checkpoint=window-open')).status).toBe(401);
    expect((await desk.get('/v1/staff/arrivals?checkpoint=gate')).body.code).toBe('window-mode-off');
    await verifier.database.run.raw("UPDATE window_arrival SET at = now() - interval '61 seconds' WHERE id = ?", [id]);
    expect((await desk.post(`/v1/staff/arrivals/${id}/open`)).body.code).toBe('arrival-not-found');
  });
});

describe('a tap for campus', () => {
  const takeAs = (name: 'campus' | 'stranger', id: string, body: object) =>
    clientOf(name).json<{ verdict: string; reason?: string; scheme: string; student_number: string | null }>(
      `/v1/window-taps/${id}/take`,
      { method: 'POST', body, actor: 'account:w1' },
    );
  const tapped = async () => {
    const desk = await clerk();
    const tap = createReader(await verifier.enrolAgent('window-open'));
    const { last } = await arrivalsAt(desk, 'window-open');
    await tap();
    return { desk, id: (await arrivalsAt(desk, 'window-open', last)).arrivals[0]!.id, last };
  };
  const open = { checkpoint: 'window-open' };
  it('is taken once, at the staff page or by campus', async () => {
    const { desk, id } = await tapped();
    expect(await takeAs('campus', id, open)).toMatchObject({
      ...{ verdict: 'accepted', student_number: NUMBER, scheme: 'nfc-b' },
    });
    await expect(takeAs('campus', id, open)).rejects.toMatchObject({ status: 409, code: 'arrival-taken' });
    expect((await desk.post(`/v1/staff/arrivals/${id}/open`)).body.code).toBe('arrival-taken');
    const other = await tapped();
    expect((await other.desk.post(`/v1/staff/arrivals/${other.id}/open`)).status).toBe(200);
    await expect(takeAs('campus', other.id, open)).rejects.toMatchObject({ code: 'arrival-taken' });
  });
  it.each<[string, object, string]>([
    ['a card where none counts', { without_cards: true }, 'tap-by-card'],
    ['from before', { after: new Date(Date.now() + 60_000).toISOString() }, 'tap-too-early'],
    ['of another checkpoint', { checkpoint: 'gate' }, 'window-mode-off'],
    ['where a nod is asked for', { checkpoint: 'window-nod' }, 'window-mode-off'],
  ])('is refused and not used up [%s]', async (_, change, code) => {
    const { id } = await tapped();
    await expect(takeAs('campus', id, { ...open, ...change })).rejects.toMatchObject({ code });
    expect(await takeAs('campus', id, open)).toMatchObject({ verdict: 'accepted' });
  });
  it('is told to campus alone [stranger] [operator] [clerk]', async () => {
    const { desk, id, last } = await tapped();
    const path = `/v1/window-taps?checkpoint=window-open&after=${last}`;
    expect(await clientOf('campus').json(path)).toMatchObject({ arrivals: [{ id }] });
    await expect(takeAs('stranger', id, open)).rejects.toMatchObject({ status: 401 });
    const never = `/v1/window-taps?checkpoint=window-open&after=${2 ** 31}`;
    await expect(clientOf('campus').json(never)).rejects.toMatchObject({ status: 400 });
    for (const answer of [
      await verifier.operator(path),
      await verifier.operator(`/v1/window-taps/${id}/take`, { body: open }),
    ])
      expect(answer.status).toBe(403);
    expect((await desk.post(`/v1/window-taps/${id}/take`, open)).status).toBe(401);
  });
});

describe('a window that asks for a nod', () => {
  async function scanned(checkpoint = 'window-nod') {
    const desk = await clerk();
    const { body } = await desk.post('/v1/verifications', { code: student.gateCode(), checkpoint });
    return { desk, body, path: `/v1/staff/arrivals/${String(body['arrival'])}` };
  }
  const begin = async (checkpoint?: string) => {
    const made = await scanned(checkpoint);
    const asked = await made.desk.post(`${made.path}/nod`, { purpose: 'documents' });
    expect(asked.status, JSON.stringify(asked.body)).toBe(201);
    return { ...made, asked: asked.body, nod: (await nodOf())! };
  };

  it('shows nobody before the student has agreed, then the page', async () => {
    const { desk, body, path, nod } = await begin();
    expect(body).toMatchObject({ verdict: 'accepted' });
    for (const hidden of ['face', 'person']) expect(body).not.toHaveProperty(hidden);
    expect(nod).toMatchObject({ purpose: 'documents' });
    expect((await desk.get(`${path}/nod`)).body).not.toHaveProperty('person');
    const waiting = desk.get(`${path}/nod?wait=20`);
    expect((await answer(nod.id, 'agreed')).status).toBe(200);
    expect((await waiting).body).toMatchObject({ state: 'agreed', person: { student_number: NUMBER } });
    expect((await audited(verifier, 'window.nod-asked')).length).toBeGreaterThan(0);
    expect((await audited(issuer, 'student.opened-by-nod')).length).toBeGreaterThan(0);
  });

  it('asks after a tap too', async () => {
    const desk = await clerk();
    const tap = createReader(await verifier.enrolAgent('window-nod'));
    const { last } = await arrivalsAt(desk, 'window-nod');
    await tap();
    const { id } = (await arrivalsAt(desk, 'window-nod', last)).arrivals[0]!;
    expect((await desk.post(`/v1/staff/arrivals/${id}/open`)).body.code).toBe('window-mode-off');
    expect((await desk.post(`/v1/staff/arrivals/${id}/nod`, { purpose: 'card' })).status).toBe(201);
    await answer((await nodOf())!.id, 'agreed');
    expect((await desk.get(`/v1/staff/arrivals/${id}/nod`)).body.person).toMatchObject({ student_number: NUMBER });
  });

  it('opens nothing after a refusal, with no way around it', async () => {
    const { desk, path, nod } = await begin();
    await answer(nod.id, 'refused');
    const read = await desk.get(`${path}/nod`);
    expect(read.body).toMatchObject({ state: 'refused' });
    expect(read.body).not.toHaveProperty('person');
    expect((await desk.post(`${path}/without-nod`, { reason: '没带手机' })).body.code).toBe('nod-refused');
  });

  it('is gone around with a reason where the policy allows it, and the student reads that', async () => {
    const { desk, path, asked } = await begin();
    expect(asked).toMatchObject({ without_nod: true });
    expect((await desk.post(`${path}/without-nod`, { reason: '' })).status).toBe(400);
    const opened = await desk.post(`${path}/without-nod`, { reason: '手机没电' });
    expect(opened.body.person).toMatchObject({ student_number: NUMBER });
    const { looks } = (await (await student.wallet.call('/v1/holder/looks', student.tokens.access_token)).json()) as {
      looks: object[];
    };
    expect(looks[0]).toMatchObject({ kind: 'without-nod', reason: '手机没电' });
    expect((await audited(verifier, 'window.without-nod-asked')).length).toBeGreaterThan(0);
  });

  it('has no way around where the policy has none', async () => {
    const { desk, path, asked } = await begin('window-strict');
    expect(asked).toMatchObject({ without_nod: false });
    expect((await desk.post(`${path}/without-nod`, { reason: '手机没电' })).body.code).toBe('nod-needed');
  });

  // The last one: it ends the issuer.
  it('opens nothing from an error [the issuer is away] [another clerk] [nothing was asked]', async () => {
    const { desk, path, nod } = await begin();
    const other = await clerk();
    expect((await other.get(`${path}/nod`)).body.code).toBe('arrival-not-found');
    expect((await other.post(`${path}/without-nod`, { reason: '手机没电' })).body.code).toBe('arrival-not-found');
    const unasked = await scanned();
    expect((await unasked.desk.get(`${unasked.path}/nod`)).body.code).toBe('arrival-not-found');
    expect((await unasked.desk.post(`${unasked.path}/without-nod`, { reason: '手机没电' })).body.code).toBe(
      'arrival-not-found',
    );
    await answer(nod.id, 'agreed');
    const tap = createReader(await verifier.enrolAgent('window-open'));
    const { last } = await arrivalsAt(desk, 'window-open');
    await tap();
    const { id } = (await arrivalsAt(desk, 'window-open', last)).arrivals[0]!;
    closed = true;
    await issuer.close();
    const taken = await clientOf('campus').json(`/v1/window-taps/${id}/take`, {
      ...{ method: 'POST', body: { checkpoint: 'window-open' }, actor: 'account:w1' },
    });
    expect(taken).toMatchObject({ verdict: 'cannot-decide', reason: 'network-needed', student_number: null });
    const away = await desk.get(`${path}/nod`);
    expect(away.status).toBe(503);
    expect(away.body).not.toHaveProperty('person');
  });
});
