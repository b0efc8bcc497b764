import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gateCode } from './support/codes.js';
import { type StandInIssuer, startStandInIssuer, type TestPerson } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let ann: TestPerson;
let late: TestPerson;

beforeAll(async () => {
  issuer = await startStandInIssuer(7780);
  ann = issuer.makePerson({ portraitId: new Uint8Array(8).fill(7) });
  late = issuer.makePerson({
    state: { registered: true, suspended: true, revoked: false, enrolmentState: 'enrolled' },
  });
  for (const person of [ann, late])
    issuer.state.faces.set(person.row.rowNumber, {
      name: '测试·学生',
      student_number: '9900000001',
      portrait_id: null,
    });
  issuer.publish([ann.row, late.row]);
  verifier = await startVerifier({ port: 7781, issuerUrl: issuer.url });
  await verifier.putCheckpoint('window-1', { show_portrait: true });
  await verifier.putCheckpoint('south-gate');
  await verifier.synced(issuer.sequence());
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

async function link(): Promise<string> {
  const answer = await verifier.operator('/v1/staff-links', { method: 'POST' });
  expect(answer.status).toBe(201);
  return new URL(((await answer.json()) as { url: string }).url).searchParams.get('code') ?? '';
}
const signIn = (code: string, headers: Record<string, string> = { Origin: verifier.url }) =>
  verifier.call('/staff/session', { body: { code }, headers });
async function session(): Promise<string> {
  const answer = await signIn(await link());
  expect(answer.status).toBe(200);
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}
const verify = (cookie: string, body: unknown, headers: Record<string, string> = { Origin: verifier.url }) =>
  verifier.call('/v1/verifications', { body, headers: { Cookie: cookie, ...headers } });

describe('a sign-in link', () => {
  it('opens a session once, with a cookie scripts and other sites cannot use', async () => {
    const code = await link();
    const answer = await signIn(code);
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^lanyard_verifier_session=[\w-]{43};/);
    expect(cookie).toMatch(/path=\//i);
    expect(cookie).toMatch(/httponly/i);
    expect(cookie).toMatch(/samesite=strict/i);
    expect(cookie).not.toMatch(/domain=/i);
    expect(await (await signIn(code)).json()).toMatchObject({ status: 403, code: 'staff-link-invalid' });
  });
  it('is not used up by being opened', async () => {
    const code = await link();
    const page = await verifier.call(`/staff/sign-in?code=${code}`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await verifier.call('/staff/sign-in.js')).headers.get('content-type')).toContain('javascript');
    expect((await signIn(code)).status).toBe(200);
  });
  it('opens one session in ten parallel tries', async () => {
    const code = await link();
    const answers = await Promise.all(Array.from({ length: 10 }, () => signIn(code)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  });
  it('is refused [made up, expired, from another page, without an origin, as a form]', async () => {
    expect((await signIn('made-up')).status).toBe(403);
    const code = await link();
    expect(await (await signIn(code, { Origin: 'http://evil.example' })).json()).toMatchObject({
      code: 'origin-not-allowed',
    });
    expect(await (await signIn(code, {})).json()).toMatchObject({ code: 'origin-not-allowed' });
    expect(
      (await signIn(code, { Origin: verifier.url, 'Content-Type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(415);
    await verifier.database.run.raw("UPDATE staff_link SET expires_at = now() - interval '1 second'");
    expect((await signIn(code)).status).toBe(403);
    expect((await verifier.call('/v1/staff-links', { method: 'POST' })).status).toBe(401);
  });
});

describe('a staff session', () => {
  it('verifies, and sees the face of a proved holder only where portraits are shown', async () => {
    const cookie = await session();
    const shown = (await (
      await verify(cookie, { code: gateCode(ann, issuer.keyDay), checkpoint: 'window-1' })
    ).json()) as {
      verdict: string;
      face: { name: string; portrait: string };
    };
    expect(shown).toMatchObject({ verdict: 'accepted', face: { name: '测试·学生' } });
    const portrait = await verifier.call(shown.face.portrait, { headers: { Cookie: cookie } });
    expect(portrait.headers.get('content-type')).toBe('image/jpeg');
    expect(await portrait.text()).toBe(`jpeg of ${Buffer.alloc(8, 7).toString('base64url')}`);
    expect(issuer.state.faceActors.at(-1)).toMatch(/^staff:[0-9a-f]{12}$/);

    const refused = await (
      await verify(cookie, { code: gateCode(late, issuer.keyDay), checkpoint: 'window-1' })
    ).json();
    expect(refused).toMatchObject({
      verdict: 'rejected',
      reason: 'suspended',
      face: { name: '测试·学生', portrait: null },
    });
    const other = await (await verify(cookie, { code: gateCode(ann, issuer.keyDay), checkpoint: 'south-gate' })).json();
    expect(other).not.toHaveProperty('face');
    const forged = await (
      await verify(cookie, {
        code: gateCode(ann, issuer.keyDay, { signature: new Uint8Array(64) }),
        checkpoint: 'window-1',
      })
    ).json();
    expect(forged).not.toHaveProperty('face');
  });
  it('gets its verdict without a face when the issuer does not know the row', async () => {
    const cookie = await session();
    issuer.state.faces.delete(ann.row.rowNumber);
    const answer = await (await verify(cookie, { code: gateCode(ann, issuer.keyDay), checkpoint: 'window-1' })).json();
    expect(answer).toMatchObject({ verdict: 'accepted' });
    expect(answer).not.toHaveProperty('face');
    issuer.state.faces.set(ann.row.rowNumber, { name: '测试·学生', student_number: '9900000001', portrait_id: null });
  });
  it('opens no portrait of another session, nor a made-up one', async () => {
    const [mine, other] = [await session(), await session()];
    const { face } = (await (
      await verify(mine, { code: gateCode(ann, issuer.keyDay), checkpoint: 'window-1' })
    ).json()) as { face: { portrait: string } };
    expect((await verifier.call(face.portrait, { headers: { Cookie: other } })).status).toBe(404);
    expect((await verifier.call('/v1/staff/portraits/AAAA', { headers: { Cookie: mine } })).status).toBe(404);
    expect((await verifier.call(face.portrait)).status).toBe(401);
  });
  it('knows its end and where it may verify', async () => {
    const cookie = await session();
    const me = await (await verifier.call('/v1/staff/me', { headers: { Cookie: cookie } })).json();
    expect(me).toMatchObject({
      checkpoints: [{ id: 'south-gate' }, { id: 'window-1', show_portrait: true }],
      purposes: [{ id: 'student-status' }, { id: 'rail-discount' }, { id: 'certificate-pickup' }],
    });
  });
  it('may do nothing else', async () => {
    const Cookie = await session();
    for (const path of ['/v1/checkpoints', '/v1/agents', '/v1/live', '/v1/audit'])
      expect((await verifier.call(path, { headers: { Cookie } })).status, path).toBe(401);
    expect(
      (await verifier.call('/v1/staff-links', { method: 'POST', headers: { Cookie, Origin: verifier.url } })).status,
    ).toBe(401);
  });
  it('is refused [another page, no origin, another site by its headers, made-up cookie, expired]', async () => {
    const cookie = await session();
    const body = { code: 'x', checkpoint: 'window-1' };
    expect((await verify(cookie, body, { Origin: 'http://evil.example' })).status).toBe(403);
    expect((await verify(cookie, body, {})).status).toBe(403);
    expect((await verify(cookie, body, { Origin: verifier.url, 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect(
      (await verifier.call('/v1/staff/me', { headers: { Cookie: cookie, Origin: 'http://evil.example' } })).status,
    ).toBe(403);
    expect((await verify(`lanyard_verifier_session=${'A'.repeat(43)}`, body)).status).toBe(401);
    await verifier.database.run.raw("UPDATE staff_session SET expires_at = now() - interval '1 second'");
    const fresh = await startVerifierAgain();
    expect((await verify(cookie, body)).status).toBe(401);
    expect(fresh).toBe(verifier);
  });
});

/** Sessions are cached for two seconds: a new process has no cache. */
async function startVerifierAgain(): Promise<TestVerifier> {
  await verifier.close(true);
  verifier = await startVerifier({
    port: 7781,
    issuerUrl: issuer.url,
    again: { database: verifier.database, folder: verifier.folder },
  });
  return verifier;
}
