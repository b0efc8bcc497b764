import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { claimWallet, type HeldWallet } from '../../../verifier/test/service/rights/support.js';
import { role, rosterBytes, startCampus, type TestCampus } from './support/start-campus.js';

/** A student's copy of all that is kept of him, as he gets it: from the issuer, which asks campus. */
const PORT = 7765;
const [NUMBER, OTHER] = ['203500000001', '203500000002'];
const LEAVE = { kind: 'personal', from: '2026-12-01', to: '2026-12-01', days: 1, reason: '回家看望金丝雀' };
const words = (zh: string, en: string) => ({ zh, en });
let campus: TestCampus;
let wallet: HeldWallet;
let leave: string;

interface Copy {
  readonly missing: string[];
  readonly summary: { part: string; entries: number }[];
  readonly campus: Record<string, unknown[]> & { cases: Record<string, unknown>[]; mail_address: string | null };
}
const copyOf = async (held: HeldWallet): Promise<Copy> =>
  (await (await held.call('/v1/holder/exports', {})).json()) as Copy;
const survey = (id: string, anonymous: boolean) => ({
  ...{ id, module: 'general-services', anonymous, owner: 'student-affairs-officer', audience: {} },
  form: {
    type: 'object',
    properties: { wish: { type: 'string', title: words('还想说', 'Anything else'), maxLength: 500 } },
    ...{ required: ['wish'], additionalProperties: false },
  },
  ...{ title: words('问卷', 'Survey'), summary: words('两分钟答完。', 'Takes two minutes.') },
  opens_at: new Date(Date.now() - 3_600_000).toISOString(),
  closes_at: new Date(Date.now() + 3_600_000).toISOString(),
});

beforeAll(async () => {
  const issuerEnvironment = { LANYARD_PUBLIC_URL_CAMPUS: `http://localhost:${PORT}` };
  campus = await startCampus({ port: PORT, issuerEnvironment });
  await campus.enrol([{ number: NUMBER }, { number: OTHER, name: '李四' }]);
  wallet = await claimWallet(campus.issuer, NUMBER);
  const [student, other] = [campus.student(NUMBER), campus.student(OTHER)];
  const begun = await student('/v1/cases', { body: { service: 'leave', form: LEAVE } });
  leave = begun.body.id;
  const back = { verb: 'return', step: 'counsellor', to: 'applicant', reason: '请写明去处' };
  await campus.staff('t077', role('counsellor'))(`/v1/cases/${leave}/actions`, { body: back });
  await student(`/v1/cases/${leave}/actions`, { body: { verb: 'resubmit', form: { reason: '回家，地址见系统' } } });
  await other('/v1/cases', { body: { service: 'leave', form: { ...LEAVE, reason: '他人之事' } } });
  await student('/v1/drafts/repair', { method: 'PUT', body: { form: { description: '漏水' }, version: null } });
  const office = campus.staff('s001', role('student-affairs-officer'));
  for (const [id, anonymous] of [
    ['named', false],
    ['nameless', true],
  ] as const) {
    expect((await office('/v1/surveys', { body: survey(id, anonymous) })).status).toBe(201);
    const body = { form: { wish: anonymous ? '匿名之愿' : '多开一盏灯' } };
    expect((await student(`/v1/open-surveys/${id}/answer`, { body })).status).toBe(204);
  }
}, 120_000);
afterAll(() => campus?.close());

describe('a copy of all that is kept of a student', () => {
  it('holds his cases with every form he handed in, drafts, notices and named answers', async () => {
    const { missing, summary, campus: kept } = await copyOf(wallet);
    // No verifier runs beside it.
    expect(missing).not.toContain('campus');
    expect(summary.find(({ part }) => part === 'campus')).toMatchObject({ entries: 1 });
    expect(kept.cases).toMatchObject([
      {
        ...{ id: leave, status: 'open', facts: { student_number: NUMBER } },
        forms: [{ values: { reason: LEAVE.reason } }, { values: { reason: '回家，地址见系统' } }],
      },
    ]);
    expect(kept['drafts']).toMatchObject([{ service: 'repair', form: { description: '漏水' } }]);
    expect(kept['notices']).toMatchObject([{ case_id: leave, kind: 'returned' }]);
    expect(kept['survey_answers']).toEqual([{ survey: 'named', values: { wish: '多开一盏灯' } }]);
    expect(kept['surveys_answered']).toEqual([{ survey: 'named' }, { survey: 'nameless' }]);
    const history = kept.cases[0]?.['history'] as { kind: string; by: string; text: string }[];
    expect(history.find(({ kind }) => kind === 'returned')).toMatchObject({ by: 'staff', text: '请写明去处' });
  });

  it('holds nothing of anybody else, no anonymous answer, no number of staff and nothing that lets in', async () => {
    const text = JSON.stringify(await copyOf(wallet));
    for (const canary of ['他人之事', '李四', OTHER, '匿名之愿', 't077', 's001']) expect(text).not.toContain(canary);
    expect(text).not.toMatch(/"(?:secret|digest|sealed|id_token|endpoint|sid|subject)":/);
  });

  it('is noted in the audit of campus without a name or number', async () => {
    const { rows } = await campus.database.run.raw("SELECT row_text FROM audit WHERE action = 'person.exported'");
    expect(rows.length).toBeGreaterThanOrEqual(1);
    for (const { row_text: text } of rows) expect(text).not.toContain(NUMBER);
  });

  it('is asked for by the issuer alone [a student] [the console] [no number of anybody]', async () => {
    const body = { student_number: NUMBER };
    expect((await campus.student(NUMBER)('/v1/person-exports', { body })).status).toBe(403);
    expect((await campus.staff('dpo', role('data-protection-officer'))('/v1/person-exports', { body })).status).toBe(
      403,
    );
    expect((await fetch(`${campus.url}/v1/person-exports`, { method: 'POST' })).status).toBe(401);
  });
});

describe('where campus is away', () => {
  let issuer: TestIssuer;
  beforeAll(async () => {
    issuer = await startIssuer('http://localhost:8080', {
      environment: { LANYARD_PUBLIC_URL_CAMPUS: 'http://localhost:9' },
    });
  }, 60_000);
  afterAll(() => issuer?.close());

  it('the rest is told, and campus is named as missing', async () => {
    await issuer.operator('/v1/roster-imports', { bytes: rosterBytes([{ number: NUMBER }]), type: 'text/csv' });
    const { missing, campus: kept } = await copyOf(await claimWallet(issuer, NUMBER));
    expect(missing).toContain('campus');
    expect(kept).toBeNull();
  });
});
