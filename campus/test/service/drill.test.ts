import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { USUAL_SETTINGS } from '../../src/domain/notices/settings.js';
import type { MailBox } from './support/mail-box.js';
import { type MailedCampus, reachable, setNight, startMailedCampus } from './support/mailed-campus.js';
import { role, type TestCampus, WINDOW, WINDOW_PASS } from './support/start-campus.js';

/** Danger to life, from the form to the duty, as those who have a part in it see it. */
const DUTY = 'danger-duty';
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const CALM = { topic: 'canteen', anonymous: true, text: '菜价太高', may_publish: true };
const DANGER = { ...CALM, text: '我 不 想 活 了' };
const NAME = '匿影人';
let mailed: MailedCampus;
let campus: TestCampus;
let box: MailBox;
let seat = 0;

beforeAll(async () => {
  mailed = await startMailedCampus({
    windowScan: async (code) => ({ ...WINDOW_PASS, student_number: code, portrait: null }),
  });
  ({ box, campus } = mailed);
  await campus.enrol(Array.from({ length: 20 }, (_, n) => ({ number: numberOf(n + 1), name: NAME })));
}, 120_000);
afterEach(() => {
  campus.clock.ms = 0;
});
afterAll(() => mailed?.close());

type As = ReturnType<TestCampus['student']>;
const numberOf = (n: number) => `2033${String(n).padStart(8, '0')}`;
const nextNumber = () => {
  seat += 1;
  return numberOf(seat);
};
const psychologist = (number = 'p001') => campus.staff(number, role('psychologist'));
const community = () => campus.staff('c001', role('community-officer'));
const canteen = () => campus.staff('l001', role('logistics-officer'));
async function begin(form: object, service = 'complaint') {
  const number = nextNumber();
  const student = campus.student(number);
  const { status, body } = await student('/v1/cases', { body: { service, form } });
  expect(status).toBe(201);
  return { id: body.id as string, number, student };
}
const doAt = async (as: As, id: string, body: object) => (await as(`/v1/cases/${id}/actions`, { body })).body;
/** A calm form that came back; danger is written into it later, whatever time campus then shows. */
async function beginMendable() {
  const begun = await begin(CALM);
  await doAt(community(), begun.id, { verb: 'return', step: 'classify', to: 'applicant', reason: '请补充' });
  const mend = async () =>
    expect(await doAt(begun.student, begun.id, { verb: 'resubmit', form: DANGER })).toMatchObject({ status: 'open' });
  return { ...begun, mend };
}
const inboxOf = async (as: As, query = ''): Promise<{ case_id: string; step: string; is_danger: boolean }[]> =>
  (await as(`/v1/inbox${query}`)).body.tasks;
const auditOf = async (id: string): Promise<string> => {
  const { rows } = await campus.database.run.raw('SELECT row_text FROM audit WHERE row_text LIKE ?', [`%case:${id}%`]);
  return rows.map(({ row_text }: { row_text: string }) => row_text).join(' ');
};

describe('an anonymous complaint that names danger', () => {
  it('is at the duty at once, who learns who wrote it, and nobody else learns it', async () => {
    const { id, number } = await begin(DANGER);
    const found = await psychologist()(`/v1/cases/${id}`);
    expect(found.body).toMatchObject({ applicant: { student_number: number, name: NAME }, your_steps: [DUTY] });
    const due = Date.parse(found.body.timeline[0].due_at) - Date.now();
    expect(due).toBeGreaterThan(25 * MINUTE_MS);
    expect(due).toBeLessThanOrEqual(30 * MINUTE_MS);
    await doAt(community(), id, { verb: 'agree', step: 'classify', choice: 'canteen' });
    const seen = await canteen()(`/v1/cases/${id}`);
    expect(seen.body).toMatchObject({ applicant: null, your_steps: ['plan'] });
    const history = await canteen()(`/v1/cases/${id}/history`);
    const listed = await canteen()('/v1/staff-cases');
    const waiting = await inboxOf(canteen());
    for (const told of [seen.body, history.body, listed.body, waiting])
      for (const secret of [number, NAME]) expect(JSON.stringify(told)).not.toContain(secret);
  });
  it('is not there for the duty without the words, in no list', async () => {
    const { id } = await begin(CALM);
    expect((await psychologist()(`/v1/cases/${id}`)).status).toBe(404);
    expect((await psychologist()(`/v1/cases/${id}/history`)).status).toBe(404);
    const body = { verb: 'agree', step: DUTY, comment: '谈过了' };
    expect((await psychologist()(`/v1/cases/${id}/actions`, { body })).status).toBe(404);
    expect(JSON.stringify((await psychologist()('/v1/staff-cases?limit=100')).body)).not.toContain(id);
    expect(JSON.stringify(await inboxOf(psychologist()))).not.toContain(id);
  });
  it('stands at the head of the first page of the inbox alone, before what is due earlier', async () => {
    const early = await begin({ preferred_day: '2026-12-05', slot: 'morning' }, 'counselling-appointment');
    const other = await begin({ preferred_day: '2026-12-05', slot: 'morning' }, 'counselling-appointment');
    const { id, mend } = await beginMendable();
    campus.clock.ms = 30 * 24 * HOUR_MS;
    await mend();
    const first = (await psychologist()('/v1/inbox?limit=1')).body;
    const danger = first.tasks.filter((task: { is_danger: boolean }) => task.is_danger);
    expect(danger.map((task: { case_id: string }) => task.case_id)).toContain(id);
    expect(first.tasks.slice(0, danger.length)).toEqual(danger);
    expect(first.tasks).toHaveLength(danger.length + 1);
    // Outside of working hours both are due at once.
    expect([early.id, other.id]).toContain(first.tasks.at(-1).case_id);
    expect(first.tasks.at(-1).is_danger).toBe(false);
    const rest = (await psychologist()(`/v1/inbox?after=${first.next}`)).body.tasks;
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.filter((task: { is_danger: boolean }) => task.is_danger)).toEqual([]);
  });
  it('ends after the duty alone, whose words stay with the duty; the audit has no text', async () => {
    const { id, student } = await begin(DANGER);
    await doAt(community(), id, { verb: 'agree', step: 'classify', choice: 'canteen' });
    await doAt(canteen(), id, { verb: 'agree', step: 'plan', comment: '先核价' });
    await doAt(canteen(), id, { verb: 'agree', step: 'result', comment: '已调价' });
    expect(await doAt(student, id, { verb: 'agree', step: 'call-back' })).toMatchObject({ status: 'open' });
    const note = '已联系本人金丝雀';
    expect(await doAt(psychologist(), id, { verb: 'agree', step: DUTY })).toMatchObject({ code: 'duty-note-missing' });
    const transfer = { verb: 'transfer', step: DUTY, to: 'x001', reason: '' };
    expect(await doAt(psychologist(), id, transfer)).toMatchObject({ code: 'verb-not-here' });
    const done = await doAt(psychologist(), id, { verb: 'agree', step: DUTY, comment: note });
    expect(done).toMatchObject({ status: 'closed', outcome: 'granted' });
    const told = async (as: As) => JSON.stringify((await as(`/v1/cases/${id}/history`)).body);
    expect(await told(psychologist())).toContain(note);
    for (const other of [student, canteen(), community()]) {
      expect(await told(other)).not.toContain(note);
      expect(await told(other)).toContain('duty-done');
    }
    const audit = await auditOf(id);
    expect(audit).toContain('danger-named');
    expect(audit).toContain('duty-done');
    for (const text of ['不想活', '不 想', note, NAME]) expect(audit + campus.logLines.join('')).not.toContain(text);
    const { state, folded, tasks } = await campus.rowsOf(id);
    expect(folded).toEqual(state);
    expect(tasks.found).toEqual([]);
  });
  it('is never published', async () => {
    const { id, student } = await begin(
      { topic: 'credits', question: '挂科太多，活不下去了', may_publish: true },
      'study-question',
    );
    const teacher = campus.staff('s077', role('teaching-secretary'));
    await doAt(teacher, id, { verb: 'agree', step: 'answer', comment: '可以重修' });
    await doAt(psychologist(), id, { verb: 'agree', step: DUTY, comment: '谈过了' });
    await doAt(student, id, { verb: 'agree', step: 'confirm' });
    expect((await teacher(`/v1/cases/${id}`)).body).toMatchObject({ status: 'closed', publication: null });
    const body = { question: '挂科太多怎么办呢', answer: '可以申请重修' };
    expect((await teacher(`/v1/cases/${id}/publication`, { body })).status).not.toBe(201);
  });
});

describe('handed in otherwise', () => {
  it('calls the duty where danger is written into a form that came back, and goes on where it is taken out', async () => {
    const { id, student } = await begin(CALM);
    const back = { verb: 'return', step: 'classify', to: 'applicant', reason: '请补充' };
    await doAt(community(), id, back);
    expect((await psychologist()(`/v1/cases/${id}`)).status).toBe(404);
    await doAt(student, id, { verb: 'resubmit', form: { text: 'I want to ＫＩＬＬ myself' } });
    expect((await psychologist()(`/v1/cases/${id}`)).body).toMatchObject({ your_steps: [DUTY] });
    await doAt(community(), id, back);
    expect((await psychologist()(`/v1/cases/${id}`)).body).toMatchObject({ status: 'returned', your_steps: [DUTY] });
    await doAt(student, id, { verb: 'resubmit', form: { text: '没事了' } });
    expect((await psychologist()(`/v1/cases/${id}`)).body.your_steps).toEqual([DUTY]);
    const { state, folded, tasks } = await campus.rowsOf(id);
    expect(folded).toEqual(state);
    expect(tasks.found).toEqual(tasks.wanted);
  });
  it('calls the duty from a window, whose clerk read it out first', async () => {
    const setUp = await campus.staff('o1', role('operator'))('/v1/windows/hall-1', {
      method: 'PUT',
      body: { ...WINDOW, services: ['study-question'] },
    });
    expect(setUp.status).toBe(200);
    const number = nextNumber();
    const clerk = campus.staff('w1', role('window-clerk'));
    const { visit } = (await clerk('/v1/windows/hall-1/visits', { body: { code: number } })).body;
    const form = (await clerk(`/v1/window-visits/${visit.id}/services/study-question`)).body;
    expect(form.danger.said.zh).toContain('生命危险');
    expect(JSON.stringify(form)).not.toContain('轻生');
    const written = { topic: 'credits', question: '不想活了', may_publish: false };
    const asked = { verb: 'submit', service: 'study-question', form: written };
    const { body } = await clerk(`/v1/window-visits/${visit.id}/requests`, { body: asked });
    const agreed = await campus.student(number)(`/v1/window-confirmations/${body.id}`, { body: { answer: 'right' } });
    expect([agreed.status, agreed.body]).toMatchObject([200, expect.anything()]);
    const mine = (await inboxOf(psychologist())).filter(({ is_danger }) => is_danger);
    expect(mine.map(({ case_id: id }) => id)).toContain((await campus.student(number)('/v1/cases')).body.cases[0].id);
  });
  it('is said beforehand without the words, and the numbers stand in the answer', async () => {
    const { id, student } = await begin(DANGER);
    const service = (await student('/v1/services/complaint')).body;
    expect(service.danger).toMatchObject({ said: { zh: expect.stringContaining('匿名也一样') } });
    expect(JSON.stringify(service)).not.toContain('轻生');
    const numbers = (await student(`/v1/cases/${id}`)).body.danger.phones.map((one: { number: string }) => one.number);
    expect(numbers).toEqual(expect.arrayContaining(['120', '110']));
    const calm = await begin(CALM);
    expect((await calm.student(`/v1/cases/${calm.id}`)).body.danger).toBeNull();
    expect((await student('/v1/services/leave')).body.danger).toBeNull();
  });
});

describe('at three in the morning', () => {
  it('wakes whoever has the role and can be reached, whatever was chosen, and nobody else', async () => {
    const off = { urgent: 'in-app', other: 'in-app' };
    const silent = { ...USUAL_SETTINGS, channels: { mail: off, push: off, messenger: off } };
    await reachable(box, psychologist('p101'), 'p101@mail.example.edu', silent);
    await reachable(box, campus.staff('l101', role('library-officer')), 'l101@mail.example.edu');
    await reachable(box, campus.staff('c101', role('community-lead')), 'c101@mail.example.edu');
    // Had the role once and came without it since.
    await reachable(box, psychologist('p102'), 'p102@mail.example.edu');
    await campus.staff('p102')('/v1/inbox');
    box.mails.splice(0);
    const { number, mend } = await beginMendable();
    setNight(campus);
    await mend();
    await campus.sendNotices();
    expect(box.mails.map(({ to }) => String(to))).toEqual([expect.stringContaining('p101@')]);
    const [mail] = box.to('p101@mail.example.edu');
    expect(mail?.text).toContain('生命危险');
    for (const secret of [number, NAME, '不想活']) expect(JSON.stringify(mail)).not.toContain(secret);
    // Half an hour later by the clock the head of the community is woken too, once.
    box.mails.splice(0);
    campus.clock.ms += 31 * MINUTE_MS;
    await campus.tellBreaches();
    await campus.tellBreaches();
    await campus.sendNotices();
    const woken = box.mails.map(({ to }) => String(to));
    expect(woken.filter((to) => to.includes('c101@')).length).toBeGreaterThanOrEqual(1);
    expect(woken.filter((to) => to.includes('p102@') || to.includes('l101@'))).toEqual([]);
  });
  it('forgets whoever was not seen for two weeks', async () => {
    const { rows } = await campus.database.run.raw('SELECT DISTINCT person FROM duty_holder ORDER BY person');
    const people = rows.map(({ person }: { person: string }) => person);
    expect(people).toContain('staff:p101');
    expect(people).not.toContain('staff:l101');
    box.mails.splice(0);
    const { id, mend } = await beginMendable();
    campus.clock.ms = 15 * 24 * HOUR_MS;
    await mend();
    const told = await campus.database.run.raw("SELECT 1 FROM notice WHERE case_id = ? AND kind = 'danger'", [id]);
    expect(told.rows).toEqual([]);
  });
});
