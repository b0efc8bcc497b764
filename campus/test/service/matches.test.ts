import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEAVE, role, startCampus, type TestCampus } from './support/start-campus.js';

const [OWNER, FINDER, OTHER] = ['20260001', '20260002', '20260003'] as const;
let campus: TestCampus;
beforeAll(async () => {
  campus = await startCampus();
  await campus.enrol([{ number: OWNER, name: '李失主' }, { number: FINDER, name: '王拾得' }, { number: OTHER }]);
}, 120_000);
afterAll(() => campus?.close());

const office = () => campus.staff('s001', role('security-officer'));
const PHONE = { category: 'phone', place: '图书馆三楼', on: '2026-11-20', description: '黑色手机，蓝色外壳' };
async function report(number: string, form: object): Promise<string> {
  const { status, body } = await campus.student(number)('/v1/cases', { body: { service: 'lost-property', form } });
  expect(status).toBe(201);
  return body.id;
}
const matchesOf = async (id: string, as = office()) => (await as(`/v1/cases/${id}/matches`)).body.matches;

describe('what may belong to a case', () => {
  it('is told to the office, the best first, while both are open', async () => {
    const lost = await report(OWNER, { kind: 'lost', ...PHONE });
    const far = await report(OTHER, {
      kind: 'found',
      ...PHONE,
      place: '食堂',
      description: '白色苹果',
      on: '2026-12-10',
    });
    const near = await report(FINDER, { kind: 'found', ...PHONE, on: '2026-11-21' });
    await report(OTHER, { kind: 'found', ...PHONE, category: 'card' });
    await report(OTHER, { kind: 'lost', ...PHONE });
    const matches = await matchesOf(lost);
    expect(matches.map(({ id }: { id: string }) => id)).toEqual([near, far]);
    expect(matches[0]).toMatchObject({ applicant: { name: '王拾得' } });
    expect(matches[0].fields.map(({ id }: { id: string }) => id)).toEqual([
      'kind',
      'category',
      'place',
      'on',
      'description',
    ]);
    expect((await office()(`/v1/cases/${lost}`)).body.may_match).toBe(true);
    await campus.student(FINDER)(`/v1/cases/${near}/actions`, { body: { verb: 'withdraw' } });
    expect((await matchesOf(lost)).map(({ id }: { id: string }) => id)).toEqual([far]);
  });
  it('is not told to students, nor to staff who may not read the case [other office] [no case]', async () => {
    const lost = await report(OWNER, { kind: 'lost', ...PHONE });
    expect((await campus.student(OWNER)(`/v1/cases/${lost}/matches`)).status).toBe(403);
    const other = campus.staff('x1', role('library-officer'));
    expect(await other(`/v1/cases/${lost}/matches`)).toMatchObject({ status: 404, body: { code: 'case-not-found' } });
    expect((await office()(`/v1/cases/${'A'.repeat(22)}/matches`)).status).toBe(404);
  });
  it('is nothing where a service has no such rule', async () => {
    const { body } = await campus.student(OWNER)('/v1/cases', { body: { service: 'leave', form: LEAVE } });
    const counsellor = campus.staff('t001', role('counsellor', 'assigned'));
    expect((await counsellor(`/v1/cases/${body.id}`)).body.may_match).toBe(false);
    expect(await matchesOf(body.id, counsellor)).toEqual([]);
  });
});
