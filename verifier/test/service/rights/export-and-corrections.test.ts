import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimWallet, type HeldWallet, OTHER, type Pair, passAt, STUDENT, startPair } from './support.js';

interface Correction {
  id: string;
  field: string;
  wanted: string;
  state: string;
  decision_reason: string | null;
  carried_out: string | null;
}
const REGISTRAR = 'account:registrar';
let pair: Pair;
let student: HeldWallet;
let other: HeldWallet;

beforeAll(async () => {
  pair = await startPair(7910);
  student = await claimWallet(pair.issuer, STUDENT);
  other = await claimWallet(pair.issuer, OTHER);
  await passAt(pair.verifier, 'south-gate', [student.row, other.row]);
}, 120_000);
afterAll(() => pair?.close());

const json = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T;
const codeOf = async (answer: Promise<Response>) => {
  const got = await answer;
  return [got.status, ((await got.json()) as { code?: string }).code];
};

describe('a copy of everything', () => {
  it('holds what the register says, what was issued, who verified and the audit, in one answer with a summary', async () => {
    const copy = await json<{
      format: string;
      missing: string[];
      summary: { part: string; zh: string; entries: number }[];
      register: { student_number: string; name: string; identity_document: { number: string } };
      credentials: unknown[];
      verifications: { kind: string }[];
      audit: { action: string }[];
      wallets: unknown[];
    }>(student.call('/v1/holder/exports', {}));
    expect(copy).toMatchObject({ format: 'lanyard-export-1', missing: [] });
    expect(copy.register).toMatchObject({ student_number: STUDENT, name: '邓涛波' });
    expect(copy.register.identity_document.number).toMatch(/^99/);
    expect(copy.verifications.map(({ kind }) => kind)).toEqual(['passage']);
    expect(copy.audit.map(({ action }) => action)).toContain('credential.issued');
    expect(copy.summary.find(({ part }) => part === 'wallets')).toMatchObject({ entries: 1, zh: '领过学生证的手机' });
    // What lets somebody in is nobody's data to carry away.
    expect(JSON.stringify(copy)).not.toMatch(/digest|holder_key|link_key|encrypted|thumbprint|"actor"/);
    const { rows } = await pair.issuer.database.run.raw(
      "SELECT row_text::jsonb AS row FROM audit WHERE action = 'data.exported' ORDER BY id DESC LIMIT 1",
    );
    expect(rows[0].row.actor).toMatch(/^wallet:\d+$/);
  });

  it('is for its person alone [no token] [staff] [the console without a person]', async () => {
    expect((await fetch(`${pair.issuer.url}/v1/holder/exports`, { method: 'POST' })).status).toBe(401);
    const path = `/v1/students/${STUDENT}/exports`;
    const body = { document_number: '申请1号' };
    expect((await pair.issuer.operator(path, { body })).status).toBe(403);
    expect(await pair.console(path, 'operator', body)).toMatchObject({ status: 403, code: 'person-needed' });
    expect(await pair.console(path, 'account:dpo', {})).toMatchObject({ status: 400 });
    expect(await pair.console('/v1/students/999/exports', 'account:dpo', body)).toMatchObject({ status: 404 });
  });

  it('is made by the data protection officer for whoever has no wallet, with a document', async () => {
    const made = await pair.console(`/v1/students/${STUDENT}/exports`, 'account:dpo', { document_number: '申请1号' });
    expect(made.body as object).toMatchObject({ register: { student_number: STUDENT } });
  });

  it('is made ten times a day at most, also at once', async () => {
    const answers = await Promise.all(Array.from({ length: 14 }, () => other.call('/v1/holder/exports', {})));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(await codeOf(other.call('/v1/holder/exports', {}))).toEqual([429, 'exports-at-most']);
  });
});

describe('a correction', () => {
  const ask = (field: string, wanted: string, wallet = student) =>
    wallet.call('/v1/holder/corrections', { field, wanted, reason: '证件上这样写' });
  const asked = async (field: string, wanted: string) => {
    const { corrections } = await json<{ corrections: Correction[] }>(ask(field, wanted));
    return corrections[0]!.id;
  };
  const own = async () => (await student.read<{ corrections: Correction[] }>('/v1/holder/corrections')).corrections;
  const decide = (id: string, verdict: string, more: object = {}) =>
    pair.console(`/v1/corrections/${id}/decide`, REGISTRAR, { verdict, reason: '已核对证件', ...more });

  it('that is granted is carried out as a status change [class], and the student reads why', async () => {
    const id = await asked('class', '计科2302班');
    const waiting = (await pair.console('/v1/corrections', REGISTRAR)).body as { corrections: Correction[] };
    expect(waiting.corrections).toMatchObject([{ id, field: 'class', wanted: '计科2302班' }]);
    expect((await decide(id, 'granted')).body as object).toMatchObject({
      state: 'granted',
      carried_out: 'status-change',
    });
    expect(await own()).toMatchObject([{ id, state: 'granted', decision_reason: '已核对证件' }]);
    const shown = await json<{ class: string }>(pair.issuer.operator(`/v1/students/${STUDENT}`));
    expect(shown.class).toBe('计科2302班');
  });

  it('that a roster has to carry out writes nothing to the register [birth_date]', async () => {
    const before = await json<{ birth_date: string }>(pair.issuer.operator(`/v1/students/${STUDENT}`));
    const id = await asked('birth_date', '2005-02-03');
    expect((await decide(id, 'granted')).body as object).toMatchObject({ carried_out: 'roster' });
    const after = await json<{ birth_date: string }>(pair.issuer.operator(`/v1/students/${STUDENT}`));
    expect(after.birth_date).toBe(before.birth_date);
  });

  it('is decided once, also by two at once, and not after it was withdrawn', async () => {
    const id = await asked('major', '软件工程');
    const answers = await Promise.all([decide(id, 'refused'), decide(id, 'granted'), decide(id, 'refused')]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const gone = await asked('phone', '13800000000');
    expect((await student.call(`/v1/holder/corrections/${gone}/withdraw`, {})).status).toBe(200);
    expect(await decide(gone, 'granted')).toMatchObject({ status: 409, code: 'correction-not-open' });
    expect(await codeOf(student.call(`/v1/holder/corrections/${gone}/withdraw`, {}))).toEqual([
      409,
      'correction-not-open',
    ]);
    expect(await codeOf(other.call(`/v1/holder/corrections/${id}/withdraw`, {}))).toEqual([409, 'correction-not-open']);
  });

  it('waits with four others at most, and is sealed where it waits', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('email', 'canary-mail@example.com', other)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    const { rows } = await pair.issuer.database.run.raw(
      "SELECT count(*) AS n FROM correction_request WHERE position('canary-mail' IN encode(wanted_sealed, 'escape')) > 0",
    );
    expect(Number(rows[0].n)).toBe(0);
    const { rows: audit } = await pair.issuer.database.run.raw(
      "SELECT count(*) AS n FROM audit WHERE row_text LIKE '%canary-mail%'",
    );
    expect(Number(audit[0].n)).toBe(0);
  });

  it.each([
    ['a field nobody may change', { field: 'student_number', wanted: '1', reason: '' }],
    ['nothing', { field: 'name', wanted: ' ', reason: '' }],
    ['more than fits', { field: 'name', wanted: 'x'.repeat(101), reason: '' }],
  ])('is not asked for %s', async (_, body) => {
    expect((await student.call('/v1/holder/corrections', body)).status).toBe(400);
  });

  it('is decided by a person at the console and nobody else [operator] [link]', async () => {
    const id = 'A'.repeat(22);
    const body = { verdict: 'granted', reason: 'because' };
    expect((await pair.issuer.operator(`/v1/corrections/${id}/decide`, { body })).status).toBe(403);
    expect(await pair.console(`/v1/corrections/${id}/decide`, 'operator', body)).toMatchObject({
      code: 'person-needed',
    });
    expect(await pair.console('/v1/corrections', 'operator')).toMatchObject({ code: 'person-needed' });
  });
});
