import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATOR_TOKEN } from '../../../issuer/test/service/support/start-issuer.js';
import { readRoster, startConsole, type TestConsole } from './support/start-console.js';

let app: TestConsole;
beforeAll(async () => {
  app = await startConsole(7040);
}, 120_000);
afterAll(() => app?.close());

const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;
const json = (body: unknown, more: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...more },
  body: JSON.stringify(body),
});

describe('sign-in links', () => {
  it.each([
    ['no token', {}, 401],
    ['another token', { Authorization: 'Bearer operator-token-of-somebody-else-012345' }, 401],
  ])('are made for the operator only [%s]', async (_what, headers, status) => {
    const answer = await fetch(`${app.url}/v1/operator-links`, {
      method: 'POST',
      headers: headers as Record<string, string>,
    });
    expect(answer.status).toBe(status);
  });
  it('carry their code in the fragment, which no server sees', async () => {
    expect(await app.makeLink()).toMatch(/^http:\/\/localhost:7040\/sign-in#code=[A-Za-z0-9_-]{32}$/);
  });
  it('open exactly one of ten sessions asked for at once', async () => {
    const code = (await app.makeLink()).split('code=')[1];
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => fetch(`${app.url}/api/session`, json({ code }, { Origin: app.url }))),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([204, ...Array(9).fill(403)]);
  });
  it.each([
    ['a foreign origin', { Origin: 'https://evil.example' }],
    ['no origin', {}],
    ['the same host on another port', { Origin: 'http://localhost:7041' }],
  ])('open nothing from elsewhere, and are not used up by it [%s]', async (_what, headers) => {
    const code = (await app.makeLink()).split('code=')[1];
    const refused = await fetch(`${app.url}/api/session`, json({ code }, headers as Record<string, string>));
    expect([refused.status, await codeOf(refused)]).toEqual([403, 'origin-foreign']);
    expect((await fetch(`${app.url}/api/session`, json({ code }, { Origin: app.url }))).status).toBe(204);
  });
  it.each([[undefined], [5], [{}], ['x'.repeat(65)], ['unknown']])(
    'open nothing with a wrong code [%j]',
    async (code) => {
      const answer = await fetch(`${app.url}/api/session`, json({ code }, { Origin: app.url }));
      expect([answer.status, await codeOf(answer)]).toEqual([403, 'link-invalid']);
    },
  );
  it('refuse a body that is not JSON by type', async () => {
    const answer = await fetch(`${app.url}/api/session`, {
      method: 'POST',
      body: '{}',
      headers: { 'Content-Type': 'text/plain', Origin: app.url },
    });
    expect([answer.status, await codeOf(answer)]).toEqual([415, 'body-type-unsupported']);
  });
});

describe('the session cookie', () => {
  it('is out of reach of scripts and other sites', async () => {
    const code = (await app.makeLink()).split('code=')[1];
    const answer = await fetch(`${app.url}/api/session`, json({ code }, { Origin: app.url }));
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^lanyard_admin_session=[A-Za-z0-9_-]{43};/);
    expect(cookie.toLowerCase()).toContain('httponly');
    expect(cookie.toLowerCase()).toContain('samesite=strict');
  });
  it('counts for nothing after signing out', async () => {
    const call = await app.signIn();
    expect((await call('/api/session')).status).toBe(200);
    expect(await (await call('/api/session/end', { method: 'POST' })).json()).toEqual({ logout_url: null });
    expect(await codeOf(await call('/api/session'))).toBe('session-missing');
    expect(await codeOf(await call('/api/issuer/v1/summary'))).toBe('session-missing');
  });
  it('is not replaced by the operator token', async () => {
    const answer = await fetch(`${app.url}/api/issuer/v1/summary`, {
      headers: { Authorization: `Bearer ${OPERATOR_TOKEN}` },
    });
    expect(await codeOf(answer)).toBe('session-missing');
  });
});

describe('forwarding', () => {
  it('calls the issuer as the console, for the signed-in person', async () => {
    const call = await app.signIn();
    expect(
      (
        await call('/api/issuer/v1/roster-imports?dry_run=false', {
          method: 'POST',
          body: new Uint8Array(readRoster('roster-clean.csv')),
        })
      ).status,
    ).toBe(201);
    const audit = await (await app.issuer.operator('/v1/audit?newest=true&action=roster.applied')).json();
    expect(audit.rows[0].content.actor).toBe('operator');
  });
  it('passes a refusal of the issuer through with its own code', async () => {
    const call = await app.signIn();
    expect(await codeOf(await call('/api/issuer/v1/students/nobody'))).toBe('student-not-found');
    expect(await codeOf(await call('/api/issuer/v1/roster-imports', { method: 'POST', body: '' }))).toBe(
      'roster-empty',
    );
  });
  it('calls the verifier with a caller token, not with the cookie', async () => {
    const call = await app.signIn();
    expect((await call('/api/verifier/v1/checkpoints')).status).toBe(200);
    const last = app.verifier.calls.at(-1);
    expect(last?.authorization).toMatch(/^Bearer ey/);
    expect(last?.actor).toBe('operator');
  });
  it.each([
    ['a foreign origin', 'https://evil.example'],
    ['no origin', null],
  ])('refuses a write from elsewhere and changes nothing [%s]', async (_what, origin) => {
    const call = await app.signIn();
    const { students } = await (await app.issuer.operator('/v1/students?enrolment_status=enrolled&limit=1')).json();
    const number = students[0].student_number;
    const answer = await call(`/api/issuer/v1/students/${number}/suspend`, {
      ...json({ reason_code: 'drill' }),
      origin,
    });
    expect([answer.status, await codeOf(answer)]).toEqual([403, 'origin-foreign']);
    expect((await (await app.issuer.operator(`/v1/students/${number}`)).json()).credential_state).toBe('valid');
  });
  it.each([
    ['an operator-only route', 'POST', '/api/issuer/v1/semester-registrations'],
    ['a route of the identity layer for people themselves', 'POST', '/api/idp/v1/wallet-claims'],
    ['an unlisted service', 'GET', '/api/wallet/v1/students'],
    ['an unlisted method', 'DELETE', '/api/issuer/v1/students'],
  ])('does not know %s', async (_what, method, path) => {
    const call = await app.signIn();
    const answer = await call(path, { method });
    expect(answer.status).toBe(404);
  });
  it.each([
    ['text/plain', 415, 'body-type-unsupported'],
    ['application/x-www-form-urlencoded', 415, 'body-type-unsupported'],
  ])('refuses what a form of another site could send [%s]', async (type, status, code) => {
    const call = await app.signIn();
    const answer = await call('/api/issuer/v1/credential-offers', {
      method: 'POST',
      body: '{}',
      headers: { 'Content-Type': type },
    });
    expect([answer.status, await codeOf(answer)]).toEqual([status, code]);
  });
  it('cuts an upload off at its limit [declared]', async () => {
    const call = await app.signIn();
    const answer = await call('/api/issuer/v1/students/1/portrait', {
      method: 'PUT',
      body: new Uint8Array(70_000),
      headers: { 'Content-Type': 'image/jpeg' },
    });
    expect([answer.status, await codeOf(answer)]).toEqual([413, 'body-too-large']);
  });
  it('cuts an upload off at its limit [streamed]', async () => {
    const call = await app.signIn();
    async function* pieces() {
      for (let index = 0; index < 80; index += 1) yield new Uint8Array(1_000);
    }
    const answer = await call('/api/issuer/v1/students/1/portrait', {
      method: 'PUT',
      body: Readable.toWeb(Readable.from(pieces())) as never,
      headers: { 'Content-Type': 'image/jpeg' },
      duplex: 'half',
    } as RequestInit);
    expect([answer.status, await codeOf(answer)]).toEqual([413, 'body-too-large']);
  });
  it('says that a service is away, and nothing else of it', async () => {
    const call = await app.signIn();
    await app.verifier.close();
    const answer = await call('/api/verifier/v1/agents');
    expect([answer.status, await codeOf(answer)]).toEqual([503, 'dependency-unavailable']);
  });
});

describe('an installation without an identity layer', () => {
  it('says so and leaves the link', async () => {
    const answer = await fetch(`${app.url}/sign-in/start`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in?problem=sign-in-not-offered']);
    const call = await app.signIn();
    expect(await codeOf(await call('/api/idp/v1/relying-parties'))).toBe('not-found');
  });
  it('takes no logout token', async () => {
    const answer = await fetch(`${app.url}/sign-in/backchannel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: 'x' }),
    });
    expect([answer.status, await codeOf(answer)]).toEqual([404, 'sign-in-not-offered']);
  });
});

describe('pages', () => {
  it.each([
    ...[
      '/',
      '/sign-in',
      '/students',
      '/students/202301000013',
      '/import',
      '/checkpoints',
      '/fleet',
      '/fleet/agent-1',
      '/gates',
      '/audit',
    ],
    ...['/relying-parties', '/relying-parties/library', '/logout-calls', '/accounts', '/staff', '/claim-codes'],
    ...['/status-changes', '/portraits'],
  ])('answers %s with the page and a strict policy', async (path) => {
    const answer = await fetch(app.url + path);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(answer.status).toBe(200);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(await answer.text()).not.toMatch(/ style=|<style|<script>|onclick=/);
  });
  it.each(['/students/../audit.json', '/nothing', '/students/1/2'])('answers nothing at %s', async (path) => {
    expect((await fetch(app.url + path)).status).toBe(404);
  });
});
