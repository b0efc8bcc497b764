import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MailBox } from './support/mail-box.js';
import { type MailedCampus, reachable, setNight, startMailedCampus } from './support/mailed-campus.js';
import { role, type TestCampus } from './support/start-campus.js';

/** An incident across offices as a drill: from the report at night to the look back, as each office sees it. */
const MINUTE_MS = 60_000;
const FIRE = {
  ...{ kind: 'fire', severity: 'grave', place: '七号楼金丝雀', seen_at: '2026-11-29T02:50:00+08:00' },
  ...{ people_hurt: 1, description: '三层有烟，暗号蓝鲸' },
};
const SMALL = { ...FIRE, kind: 'network', severity: 'minor', people_hurt: 0 };
const CANARIES = ['金丝雀', '蓝鲸'];
let mailed: MailedCampus;
let campus: TestCampus;
let box: MailBox;

beforeAll(async () => {
  mailed = await startMailedCampus();
  ({ box, campus } = mailed);
  await campus.enrol([{ number: '203400000001' }, { number: '203400000002' }]);
}, 120_000);
afterEach(() => {
  campus.clock.ms = 0;
});
afterAll(() => mailed?.close());

type As = ReturnType<TestCampus['staff']>;
const warden = () => campus.staff('d001', role('dormitory-officer'));
const guard = (number = 'g001') => campus.staff(number, role('security-officer'));
const office = (name: string, number = `${name.slice(0, 4)}1`) => campus.staff(number, role(name));
const student = () => campus.student('203400000001');

async function report(form: object = FIRE, as: As = warden()): Promise<string> {
  const { status, body } = await as('/v1/cases', { body: { service: 'campus-incident', form } });
  expect([status, body.code]).toEqual([201, undefined]);
  return body.id;
}
const doAt = (as: As, id: string, body: object) => as(`/v1/cases/${id}/actions`, { body });
const tick = (step: string, item: string, text = '') => ({ verb: 'note', step, item, text });
async function finish(as: As, id: string, step: string): Promise<void> {
  const list: { id: string }[] = (await as(`/v1/cases/${id}`)).body.checklists[step] ?? [];
  for (const item of list) expect((await doAt(as, id, tick(step, item.id))).status).toBe(200);
  expect((await doAt(as, id, { verb: 'agree', step })).status).toBe(200);
}
const historyOf = async (as: As, id: string): Promise<{ kind: string; by: string; item: string; text: string }[]> =>
  (await as(`/v1/cases/${id}/history`)).body.history;
const inboxOf = async (as: As): Promise<{ case_id: string; step: string }[]> => (await as('/v1/inbox')).body.tasks;

describe('a drill', () => {
  it('goes from the report through all offices to the look back, and all of it is in the log', async () => {
    const id = await report();
    const seen = (await guard()(`/v1/cases/${id}`)).body;
    expect(seen).toMatchObject({ about: 'incident', applicant: null, your_steps: ['scene'], your_notes: ['scene'] });
    expect(Date.parse(seen.due_at) - Date.now()).toBeLessThanOrEqual(15 * MINUTE_MS);
    expect((await doAt(guard(), id, { verb: 'note', step: 'scene', text: '消防车已到' })).status).toBe(200);
    await finish(guard(), id, 'scene');
    const offices = { care: 'psychologist', building: 'logistics-officer', students: 'student-affairs-officer' };
    for (const [step, name] of Object.entries(offices).reverse()) {
      expect((await inboxOf(office(name))).filter(({ case_id }) => case_id === id).map((one) => one.step)).toEqual([
        step,
      ]);
      await finish(office(name), id, step);
    }
    await finish(guard(), id, 'all-clear');
    const lead = office('community-lead');
    expect((await doAt(lead, id, { verb: 'agree', step: 'review', comment: '烟感已更换' })).body).toMatchObject({
      ...{ status: 'closed', outcome: 'granted' },
    });
    const log = await historyOf(lead, id);
    expect(log.filter(({ kind }) => kind === 'noted').map(({ item, text }) => item ?? text)).toEqual([
      ...['消防车已到', 'people-safe', 'rescue', 'closed-off', 'told', 'counsellors', 'supplies', 'usable'],
      ...['seen-to', 'talk-offered', 'checked', 'opened'],
    ]);
    expect(log[0]).toMatchObject({ kind: 'submitted', by: 'staff:d001' });
    const { state, folded, tasks } = await campus.rowsOf(id);
    expect(folded).toEqual(state);
    expect(tasks.found).toEqual([]);
    // Nobody is asked how his own matter went: it is nobody's.
    const asked = await campus.database.run.raw('SELECT 1 FROM case_rating WHERE case_id = ?', [id]);
    expect(asked.rows).toEqual([]);
    const { rows } = await campus.database.run.raw('SELECT row_text FROM audit WHERE row_text LIKE ?', [
      `%case:${id}%`,
    ]);
    const audit = rows.map(({ row_text: text }: { row_text: string }) => text).join('\n');
    expect(audit.match(/case\.noted/g)).toHaveLength(12);
    for (const text of [...CANARIES, '消防车', '烟感']) expect(audit + campus.logLines.join('')).not.toContain(text);
  });
  it('is done by who reported it where he has the role: twenty ticks at once are one', async () => {
    const id = await report(SMALL, guard());
    expect((await inboxOf(guard())).some(({ case_id }) => case_id === id)).toBe(true);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => doAt(guard(), id, tick('scene', 'people-safe', '都在外面'))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body.code))).toEqual(
      new Set(['item-ticked']),
    );
    expect((await historyOf(guard(), id)).filter(({ kind }) => kind === 'noted')).toHaveLength(1);
    expect((await doAt(guard(), id, { verb: 'agree', step: 'scene' })).body).toMatchObject({ code: 'checklist-open' });
    await doAt(guard(), id, tick('scene', 'rescue', '不需要'));
    await doAt(guard(), id, tick('scene', 'closed-off'));
    expect((await doAt(guard(), id, { verb: 'agree', step: 'scene' })).status).toBe(200);
  });
  it('ends as a false alarm by the head of the community alone, with a reason', async () => {
    const id = await report(SMALL);
    const body = { verb: 'void', reason: '误报' };
    expect((await doAt(guard(), id, body)).body).toMatchObject({ code: 'not-your-turn' });
    expect((await doAt(warden(), id, { verb: 'withdraw' })).body).toMatchObject({ code: 'verb-not-here' });
    expect((await doAt(office('community-lead'), id, body)).body).toMatchObject({ outcome: 'voided' });
  });
});

describe('an incident is refused', () => {
  const post = async (as: As, more: object = {}) => {
    const { status, body } = await as('/v1/cases', { body: { service: 'campus-incident', form: FIRE, ...more } });
    return [status, body.code];
  };
  it.each([
    ['with a student', () => post(warden(), { student_number: '203400000001' }), [422, 'applicant-not-here']],
    ['of staff without a part in it', () => post(office('registrar')), [404, 'service-not-found']],
    ['of who sees it and does not report', () => post(office('community-lead')), [403, 'start-not-allowed']],
    ['of a student', () => post(student()), [404, 'service-not-found']],
    ['with a name', () => post(warden(), { form: { ...FIRE, name: '张三' } }), [422, 'form-invalid']],
  ])('%s', async (_, ask, wanted) => expect(await ask()).toEqual(wanted));
  it.each([
    ['too long', { verb: 'note', step: 'scene', text: '长'.repeat(2_001) }, 400, 'input-invalid'],
    ['empty', { verb: 'note', step: 'scene', text: '' }, 422, 'note-empty'],
    ['of no item', tick('scene', 'tea'), 422, 'item-unknown'],
    ['at a step of another time', tick('all-clear', 'checked'), 409, 'step-not-open'],
  ])('as is a note [%s]', async (_, body, status, code) => {
    const answer = await doAt(guard(), await report(SMALL), body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
  it('and is not there for who may not know, in no list', async () => {
    const id = await report();
    for (const as of [student(), office('registrar')]) {
      for (const path of ['', '/history']) expect((await as(`/v1/cases/${id}${path}`)).status).toBe(404);
      expect((await doAt(as, id, tick('scene', 'people-safe'))).status).toBe(404);
      expect((await as('/v1/services/campus-incident')).status).toBe(404);
    }
    expect(JSON.stringify((await student()('/v1/cases')).body)).not.toContain(id);
    expect(JSON.stringify((await office('registrar')('/v1/staff-cases?limit=100')).body)).not.toContain(id);
  });
});

describe('at three in the morning', () => {
  it('wakes the office whose step opens, one more by the clock, and says nothing of what happened', async () => {
    const off = { urgent: 'in-app', other: 'in-app' };
    const channels = { mail: off, push: off, messenger: off };
    const silent = { ...{ language: 'zh', quiet_from: '22:00', quiet_until: '07:00', digest_at: '18:00' }, channels };
    await reachable(box, guard('g101'), 'g101@mail.example.edu', silent);
    await reachable(box, office('psychologist', 'p101'), 'p101@mail.example.edu', silent);
    await reachable(box, office('community-lead', 'c101'), 'c101@mail.example.edu', silent);
    await reachable(box, office('registrar', 'r101'), 'r101@mail.example.edu');
    const woken = async () => {
      box.mails.splice(0);
      await campus.sendNotices();
      return box.mails.map(({ to, text }) => [String(to).slice(0, 4), text] as const);
    };
    setNight(campus);
    // What other tests left open is told as late before.
    await campus.tellBreaches();
    await woken();
    const id = await report();
    const [mail, ...others] = await woken();
    expect(others).toEqual([]);
    expect(mail?.[0]).toBe('g101');
    expect(mail?.[1]).toContain('急事');
    for (const secret of CANARIES) expect(mail?.[1]).not.toContain(secret);
    campus.clock.ms += 16 * MINUTE_MS;
    await campus.tellBreaches();
    await campus.tellBreaches();
    expect((await woken()).map(([who]) => who)).toEqual(['c101']);
    await finish(guard('g101'), id, 'scene');
    expect((await woken()).map(([who]) => who)).toEqual(['p101']);
  });
  it('does not wake who reported it', async () => {
    await guard('g101')('/v1/inbox');
    const id = await report(SMALL, guard('g101'));
    const { rows } = await campus.database.run.raw(
      "SELECT person FROM notice WHERE case_id = ? AND kind = 'incident'",
      [id],
    );
    expect(rows.map(({ person }: { person: string }) => person)).not.toContain('staff:g101');
  });
});

it('staff who study under the same number neither find their own case in the inbox nor decide it', async () => {
  const number = '203400000002';
  const counsellor = campus.staff(number, role('counsellor'));
  const form = { kind: 'personal', from: '2026-12-01', to: '2026-12-01', days: 1, reason: '回家' };
  const { body } = await campus.student(number)('/v1/cases', { body: { service: 'leave', form } });
  expect((await inboxOf(counsellor)).filter(({ case_id: id }) => id === body.id)).toEqual([]);
  expect((await doAt(counsellor, body.id, { verb: 'agree', step: 'counsellor' })).body).toMatchObject({
    code: 'own-case',
  });
  expect((await inboxOf(office('counsellor'))).some(({ case_id: id }) => id === body.id)).toBe(true);
});
