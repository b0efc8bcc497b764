import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundCard } from './support/cards.js';
import { claimAt, requestBody, roster } from './support/claim.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const STUDENT = '202301000001';
const OTHER = '202305000002';
let issuer: TestIssuer;
let row: number;

beforeAll(async () => {
  issuer = await startIssuer();
  expect((await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' })).status).toBe(201);
  await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: 'tests' } });
  await boundCard(issuer, 7, STUDENT);
  const { rows } = await issuer.database.run.raw('SELECT row_number FROM holder_state WHERE student_number = ?', [
    STUDENT,
  ]);
  row = Number(rows[0].row_number);
});
afterAll(() => issuer.close());

interface Found {
  subject: string;
  [name: string]: unknown;
}
const find = (by: object, partner = 'rail', purpose = 'rail-discount') =>
  issuer.verifier.json<Found>('/v1/partner-subjects', { method: 'POST', body: { partner, purpose, by } });
/** Entries of the passes a wallet of this student has taken. */
async function passesOf(number: string): Promise<{ list: number; index: number }[]> {
  const { wallet, tokens } = await claimAt(issuer, number);
  const answer = await wallet.call('/credential', tokens.access_token, await requestBody(wallet, 'student-pass', 3));
  expect(answer.status).toBe(200);
  const { rows } = await issuer.database.run.raw(
    `SELECT c.list_id, c.list_index FROM credential c JOIN student s ON s.id = c.student_id
     WHERE s.student_number = ? AND c.configuration_id = 'student-pass' ORDER BY c.id DESC LIMIT 3`,
    [number],
  );
  return rows.map((one: { list_id: number; list_index: number }) => ({
    list: Number(one.list_id),
    index: one.list_index,
  }));
}

describe('a student who was shown to a partner', () => {
  it('is told by facts without name or number [row of a card]', async () => {
    const found = await find({ row });
    expect(Object.keys(found).sort()).toEqual([
      'enrolment_status',
      'entry_date',
      'interval',
      'level',
      'registered_until',
      'study_form',
      'subject',
    ]);
    expect(found).toMatchObject({ enrolment_status: 'enrolled', interval: { from: '广州南', to: '兰州西' } });
    const text = JSON.stringify(found);
    for (const canary of [STUDENT, '邓涛波', '9900002004']) expect(text).not.toContain(canary);
  });

  it('has one subject with each partner, whatever was shown, and another with another', async () => {
    const [first, second] = await passesOf(STUDENT);
    const subjects = await Promise.all([find({ row }), find(first!), find(second!)]);
    expect(new Set(subjects.map(({ subject }) => subject)).size).toBe(1);
    expect((await find({ row }, 'museum')).subject).not.toBe(subjects[0]?.subject);
    const [others] = await passesOf(OTHER);
    expect((await find(others!)).subject).not.toBe(subjects[0]?.subject);
  });

  it('leaves an audit row for each time, with partner and purpose', async () => {
    await find({ row }, 'museum', 'student-status');
    const { rows } = await issuer.database.run.raw(
      "SELECT row_text::jsonb AS row FROM audit WHERE action = 'student.checked-by-partner' ORDER BY id DESC LIMIT 1",
    );
    expect(rows[0].row).toMatchObject({ actor: 'partner:museum', detail: { purpose: 'student-status' } });
  });

  it('is nobody where nothing of ours was shown [unknown row] [unknown entry], and told to the verifier only', async () => {
    await expect(find({ row: 4_294_967_295 })).rejects.toMatchObject({ status: 404, code: 'student-not-found' });
    await expect(find({ list: 1, index: 999_999 })).rejects.toMatchObject({ status: 404 });
    await expect(find({ row, list: 1, index: 2 })).rejects.toMatchObject({ status: 400 });
    // No list has so many entries.
    await expect(find({ list: 1, index: 2 ** 31 })).rejects.toMatchObject({ status: 400 });
    const answer = await issuer.operator('/v1/partner-subjects', {
      body: { partner: 'rail', purpose: 'x', by: { row } },
    });
    expect(answer.status).toBe(403);
  });
});
