import { decodeRowState } from '@lanyard/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Claimed, claimAt, roster } from './support/claim.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const [NUMBER, OTHER] = ['202301000001', '202305000002'];
const CLERK = 'account:clerk-one';
let issuer: TestIssuer;
let student: Claimed;
let stranger: Claimed;
let row: number;

interface Nod {
  state: string;
  expires_at: string;
  person?: { student_number: string; look: string };
}
interface State {
  version: number;
  nods: { id: string; place_zh: string; purpose: string }[];
}

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  student = await claimAt(issuer, NUMBER);
  stranger = await claimAt(issuer, OTHER);
  await issuer.database.run.raw(
    `INSERT INTO holder (student_id, row_number) SELECT id, 4711 FROM student WHERE student_number = ?
     ON CONFLICT (student_id) DO UPDATE SET row_number = coalesce(holder.row_number, 4711)`,
    [NUMBER],
  );
  const { rows } = await issuer.database.run.raw(
    'SELECT h.row_number FROM holder h JOIN student s ON s.id = h.student_id WHERE s.student_number = ?',
    [NUMBER],
  );
  row = Number(rows[0].row_number);
}, 120_000);
afterAll(async () => {
  await issuer.close();
});

const place = { place_zh: '3 号窗口', place_en: 'Window 3', purpose: 'documents' };
const ask = (actor = CLERK) =>
  issuer.verifier.json<{ id: string; expires_at: string }>('/v1/nods', {
    method: 'POST',
    body: { row, ...place },
    actor,
  });
const read = (id: string, wait = 0, actor = CLERK) =>
  issuer.verifier.json<Nod>(`/v1/nods/${id}?wait=${wait}`, { actor, timeoutMs: 30_000 });
const without = (id: string, reason = '没有带手机', actor = CLERK) =>
  issuer.verifier.json<{ student_number: string }>(`/v1/nods/${id}/without`, {
    method: 'POST',
    body: { reason },
    actor,
  });
const answer = (id: string, value: unknown, by = student) =>
  by.wallet.call(`/v1/holder/nods/${id}`, by.tokens.access_token, { answer: value });
const stateOf = async (query = '', by = student) =>
  (await (await by.wallet.call(`/v1/holder/state${query}`, by.tokens.access_token)).json()) as State;
const looks = async (by = student) =>
  (await (await by.wallet.call('/v1/holder/looks', by.tokens.access_token)).json()) as {
    looks: { kind: string; place_zh: string | null; purpose: string | null; reason: string | null }[];
  };
const actions = async (action: string) => {
  const body = (await (await issuer.operator(`/v1/audit?action=${action}`)).json()) as {
    rows: { content: { actor: string; detail: Record<string, unknown> } }[];
  };
  return body.rows.map(({ content }) => content);
};
const expire = (id: string) =>
  issuer.database.run.raw("UPDATE nod SET expires_at = now() - interval '1 second' WHERE id = ?", [id]);

describe('a nod', () => {
  it('reaches the student’s wallet at once, and opens the page once it is agreed to', async () => {
    const { version } = await stateOf();
    const waiting = stateOf(`?after=${version}&wait=20&nods=`);
    const { id } = await ask();
    expect((await waiting).nods).toMatchObject([{ id, place_zh: '3 号窗口', purpose: 'documents' }]);
    expect(await read(id)).toMatchObject({ state: 'asked' });
    expect(await read(id)).not.toHaveProperty('person');
    const opening = read(id, 20);
    expect((await answer(id, 'agreed')).status).toBe(200);
    const opened = await opening;
    expect(opened).toMatchObject({ state: 'agreed', person: { student_number: NUMBER } });
    // A lost answer is asked for again: the same look, not a second one.
    expect((await read(id)).person?.look).toBe(opened.person?.look);
    expect((await stateOf()).nods).toEqual([]);
    expect((await looks()).looks[0]).toMatchObject({ kind: 'nod', place_zh: '3 号窗口', purpose: 'documents' });
    const [audited] = await actions('student.opened-by-nod');
    expect(audited).toMatchObject({ actor: CLERK, detail: { place_en: 'Window 3', purpose: 'documents' } });
    expect((await actions('nod.agreed'))[0]?.actor).toMatch(/^wallet:/);
  });

  it('that was refused opens nothing, whatever reason the clerk has', async () => {
    const before = (await looks()).looks.length;
    const { id } = await ask();
    expect((await answer(id, 'refused')).status).toBe(200);
    expect(await read(id)).toMatchObject({ state: 'refused' });
    expect(await read(id)).not.toHaveProperty('person');
    await expect(without(id)).rejects.toMatchObject({ status: 403, code: 'nod-refused' });
    expect((await looks()).looks).toHaveLength(before);
    expect(await actions('nod.refused')).toHaveLength(1);
  });

  it('that nobody answers is over after a minute and opens nothing by itself', async () => {
    const { id, expires_at } = await ask();
    expect(Date.parse(expires_at) - Date.now()).toBeLessThanOrEqual(60_000);
    await expire(id);
    expect(await read(id, 5)).toMatchObject({ state: 'nothing' });
    expect((await stateOf()).nods).toEqual([]);
    expect((await answer(id, 'agreed')).status).toBe(409);
    expect(await read(id)).not.toHaveProperty('person');
  });

  it('can be gone around for a reason, which the student reads, and is over then', async () => {
    const { id } = await ask();
    expect(await without(id, '手机没电')).toMatchObject({ student_number: NUMBER });
    expect((await answer(id, 'agreed')).status).toBe(409);
    expect((await looks()).looks[0]).toMatchObject({ kind: 'without-nod', reason: '手机没电' });
    expect((await actions('student.opened-without-nod'))[0]?.detail).toMatchObject({ reason: '手机没电' });
  });

  it.each([
    ['another student', () => stranger, 'agreed', 404],
    ['a word that is no answer', () => student, 'maybe', 400],
    ['nothing', () => student, undefined, 400],
  ])('is not answered by [%s]', async (_, by, value, status) => {
    const { id } = await ask();
    expect((await answer(id, value, by())).status).toBe(status);
    expect((await read(id)).state).toBe('asked');
  });

  it('is not answered without a proof of the wallet’s key [bearer] [no token]', async () => {
    const { id } = await ask();
    for (const headers of [{ Authorization: `Bearer ${student.tokens.access_token}` }, {}] as Record<
      string,
      string
    >[]) {
      const sent = await fetch(`${issuer.url}/v1/holder/nods/${id}`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify({ answer: 'agreed' }),
      });
      expect(sent.status).toBe(401);
    }
    expect((await read(id)).state).toBe('asked');
  });

  it('is answered once, whoever is first [20 at a time]', async () => {
    const { id } = await ask();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => answer(id, i % 2 === 0 ? 'agreed' : 'refused')),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  it('belongs to the clerk who asked, and to no other', async () => {
    const { id } = await ask();
    await answer(id, 'agreed');
    await expect(read(id, 0, 'account:clerk-two')).rejects.toMatchObject({ code: 'nod-not-found' });
    await expect(without(id, 'curious', 'account:clerk-two')).rejects.toMatchObject({ code: 'nod-not-found' });
  });

  it('is one at a time for each clerk', async () => {
    const [first, second] = [await ask(), await ask()];
    expect((await stateOf()).nods.map(({ id }) => id)).toEqual([second.id]);
    expect((await answer(first.id, 'agreed')).status).toBe(409);
  });

  it('is not asked of a row that nobody has, nor by anybody but the verifier', async () => {
    const body = { row: 99, ...place };
    await expect(issuer.verifier.json('/v1/nods', { method: 'POST', body, actor: CLERK })).rejects.toMatchObject({
      code: 'student-not-found',
    });
    expect((await issuer.operator('/v1/nods', { body: { row, ...place } })).status).toBe(403);
  });
});

it('tells the verifier what a policy looks at of a row, as it is now [suspended] [nobody] [operator]', async () => {
  const path = `/v1/people/${row}/state`;
  const read = () => issuer.verifier.json<{ row: number; state: number }>(path);
  const before = await read();
  expect(before).toEqual({ row, state: expect.any(Number), policy_class: 0 });
  expect(decodeRowState(before.state)).toMatchObject({ enrolmentState: 'enrolled', suspended: false });
  await issuer.operator(`/v1/students/${NUMBER}/suspend`, { body: { reason_code: 'drill' } });
  expect(decodeRowState((await read()).state)).toMatchObject({ suspended: true });
  await expect(issuer.verifier.json('/v1/people/4000000000/state')).rejects.toMatchObject({
    code: 'student-not-found',
  });
  expect((await issuer.operator(path)).status).toBe(403);
});
