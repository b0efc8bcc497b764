import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODULE_CLIENTS } from '../../src/api/index.js';
import { CATALOGUE_JSON } from '../support/catalogue.js';
import { JPEG, PDF } from './support/sample-files.js';
import { LEAVE, role, startCampus, type TestCampus } from './support/start-campus.js';

let campus: TestCampus;
const NUMBER = '9202310000017';
const OTHER = '9202310000018';
beforeAll(async () => {
  // Nobody listens there.
  campus = await startCampus({ idp: 'http://localhost:9' });
  await campus.enrol([{ number: NUMBER }, { number: OTHER }]);
});
afterAll(() => campus?.close());
const module = (path: string) => `/m/${path}/v1`;

describe('the door of a module', () => {
  it('lets nobody in without a session [none, made up, of another part, ended]', async () => {
    const statusWith = async (cookie: string) =>
      (await fetch(`${campus.url}${module('education')}/services`, { headers: { Cookie: cookie } })).status;
    const aid = await campus.browserAt('student-aid', NUMBER);
    const own = await campus.browserAt('education', NUMBER);
    expect(await statusWith('')).toBe(401);
    expect(await statusWith(`lanyard_campus_education_session=${'A'.repeat(43)}`)).toBe(401);
    expect(await statusWith(`lanyard_campus_education_session=${aid.secret}`)).toBe(401);
    expect(await statusWith(`lanyard_campus_education_session=${own.secret}`)).toBe(200);
    await own.endOf({ sid: own.sid, subject: undefined, jti: 'j', untilSeconds: 0 });
    expect(await statusWith(`lanyard_campus_education_session=${own.secret}`)).toBe(401);
  });
  it('ends with an hour of silence, and after twelve hours', async () => {
    const { call } = await campus.browserAt('home', NUMBER);
    campus.clock.ms += 59 * 60_000;
    expect((await call('/v1/session')).status).toBe(200);
    campus.clock.ms += 61 * 60_000;
    expect((await call('/v1/session')).status).toBe(401);
    campus.clock.ms = 0;
  });
  it('refuses what another page sends [write, write without origin, read of a script]', async () => {
    const { send } = await campus.browserAt('general-services', NUMBER);
    const write = (headers: Record<string, string>) =>
      send('/v1/session/end', { method: 'POST', headers }).then(({ status }) => status);
    expect(await write({ Origin: 'https://evil.example' })).toBe(403);
    expect(await write({ Origin: '' })).toBe(403);
    expect((await send('/v1/session', { headers: { 'Sec-Fetch-Site': 'cross-site' } })).status).toBe(403);
    expect((await send('/v1/session')).status).toBe(200);
  });
  it('signs out here while the identity layer is away, and leads home', async () => {
    const { call } = await campus.browserAt('innovation', NUMBER);
    const ended = await call('/v1/session/end', { method: 'POST' });
    expect(ended).toMatchObject({ status: 200, body: { location: `${campus.url}/` } });
    expect((await call('/v1/session')).status).toBe(401);
  });
  it('believes no header about who somebody is or what he holds', async () => {
    const { send } = await campus.browserAt('daily-affairs', NUMBER);
    const forged = { 'Lanyard-Actor': 'account:T001', 'Lanyard-Roles': 'counsellor@university' };
    const session = await (await send('/v1/session', { headers: forged })).json();
    expect(session).toMatchObject({ student_number: NUMBER });
    const { body: started } = await campus.student(OTHER)('/v1/cases', { body: { service: 'leave', form: LEAVE } });
    expect((await send(`/v1/cases/${started.id}`, { headers: forged })).status).toBe(404);
    const inbox = await (await send('/v1/inbox', { headers: forged })).json();
    expect(inbox).toMatchObject({ tasks: [] });
  });
  it('does not open what only services, staff and the operator may', async () => {
    const { call } = await campus.browserAt('daily-affairs', NUMBER);
    expect((await call('/v1/service-definitions')).status).toBe(403);
    expect((await call('/v1/modules')).status).toBe(403);
    expect((await call('/v1/audit/head')).status).not.toBe(200);
  });
});

describe('a module shows its own and nothing else', () => {
  it.each(MODULE_CLIENTS.filter(({ id }) => id !== 'home'))('$id', async ({ id }) => {
    const { call } = await campus.browserAt(id, NUMBER);
    const { body } = await call('/v1/services');
    expect(body.services.length).toBeGreaterThanOrEqual(3);
    expect(new Set(body.services.map((one: { module: string }) => one.module))).toEqual(new Set([id]));
    const foreign = id === 'daily-affairs' ? 'repair' : 'leave';
    expect((await call(`/v1/services/${foreign}`)).status).toBe(404);
    expect((await call('/v1/cases', { body: { service: foreign, form: {} } })).body.code).toBe('service-not-found');
    expect((await call(`/v1/drafts/${foreign}`)).body.code).toBe('service-not-found');
  });
  it('keeps cases, notices and tasks of other modules to themselves', async () => {
    const daily = await campus.browserAt('daily-affairs', NUMBER);
    const general = await campus.browserAt('general-services', NUMBER);
    const { body: leave } = await daily.call('/v1/cases', { body: { service: 'leave', form: LEAVE } });
    await campus.staff('t001', role('counsellor', 'assigned', 't001'))(`/v1/cases/${leave.id}/actions`, {
      body: { verb: 'return', step: 'counsellor', to: 'applicant', reason: '日期写错' },
    });
    expect((await general.call(`/v1/cases/${leave.id}`)).status).toBe(404);
    const at = async (browser: typeof daily) => ({
      cases: (await browser.call('/v1/cases')).body.cases.map((one: { id: string }) => one.id),
      tasks: (await browser.call('/v1/inbox')).body.tasks.map((one: { case_id: string }) => one.case_id),
      notices: (await browser.call('/v1/notices')).body.notices.map((one: { case: string }) => one.case),
      unread: (await browser.call('/v1/notices')).body.unread,
    });
    expect(await at(general)).toEqual({ cases: [], tasks: [], notices: [], unread: 0 });
    expect(await at(daily)).toEqual({ cases: [leave.id], tasks: [leave.id], notices: [leave.id], unread: 1 });
    const home = await campus.browserAt('home', NUMBER);
    expect(await at(home)).toEqual(await at(daily));
  });
  it('the home page reads all that is open to everyone, and changes nothing', async () => {
    const { call } = await campus.browserAt('home', NUMBER);
    const { body } = await call('/v1/services');
    const ids = body.services.map((one: { id: string }) => one.id);
    expect(new Set(body.services.map((one: { module: string }) => one.module)).size).toBe(5);
    expect(ids).not.toContain('counselling-appointment');
    expect(ids).not.toContain('party-membership');
    expect((await call('/v1/cases', { body: { service: 'leave', form: LEAVE } })).status).toBe(403);
    expect((await call('/v1/drafts/leave', { method: 'PUT', body: { form: {}, version: null } })).status).toBe(403);
  });
  it('leads to another system where one runs the module, and offers nothing of it itself', async () => {
    const { call } = await campus.browserAt('home', NUMBER);
    const put = (url: string | null) =>
      fetch(`${campus.url}/v1/modules/innovation`, {
        method: 'PUT',
        headers: { Authorization: `Bearer ${campus.operatorToken}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ url }),
      });
    expect((await put('javascript:alert(1)')).status).toBe(400);
    for (const url of ['https://user@chuangxin.example/', 'https://chuangxin.example/#a', 'http://[', '42'])
      expect((await put(url)).status, url).toBe(400);
    expect((await put('https://chuangxin.example/')).status).toBe(200);
    const { body } = await call('/v1/session');
    expect(body.modules.find(({ id }: { id: string }) => id === 'innovation').elsewhere).toBe(
      'https://chuangxin.example/',
    );
    const modules = (await call('/v1/services')).body.services.map((one: { module: string }) => one.module);
    expect(modules).not.toContain('innovation');
    expect((await put(null)).status).toBe(200);
  });
});

describe('drafts', () => {
  it('are begun on the phone and finished at the PC, and gone once handed in', async () => {
    const phone = await campus.browserAt('daily-affairs', OTHER);
    const pc = await campus.browserAt('daily-affairs', OTHER);
    const { body: first } = await phone.call('/v1/drafts/leave', {
      method: 'PUT',
      body: { form: { kind: 'illness', name: '李四', made_up: 1 }, version: null },
    });
    expect(first).toMatchObject({ version: 1 });
    const { body: found } = await pc.call('/v1/drafts/leave');
    // Neither what the register holds nor what the form does not know.
    expect(found).toMatchObject({ version: 1, form: { kind: 'illness' } });
    expect(Object.keys(found.form)).toEqual(['kind']);
    const { body: second } = await pc.call('/v1/drafts/leave', {
      method: 'PUT',
      body: { form: { kind: 'illness', days: 2 }, version: 1 },
    });
    expect(second).toMatchObject({ version: 2 });
    for (const version of [2 ** 31, 0.5, 0])
      expect((await pc.call('/v1/drafts/leave', { method: 'PUT', body: { form: {}, version } })).status).toBe(400);
    const late = await phone.call('/v1/drafts/leave', { method: 'PUT', body: { form: {}, version: 1 } });
    expect(late).toMatchObject({ status: 409, body: { code: 'draft-version-conflict', version: 2 } });
    const again = await phone.call('/v1/drafts/leave', { method: 'PUT', body: { form: {}, version: null } });
    expect(again.body.code).toBe('draft-version-conflict');
    const home = await campus.browserAt('home', OTHER);
    expect((await home.call('/v1/drafts')).body.drafts).toMatchObject([{ service: 'leave', module: 'daily-affairs' }]);
    expect((await pc.call('/v1/cases', { body: { service: 'leave', form: LEAVE } })).status).toBe(201);
    expect((await pc.call('/v1/drafts/leave')).body.code).toBe('draft-not-found');
  });
  it('one of ten at once begins it', async () => {
    const { call } = await campus.browserAt('general-services', OTHER);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => call('/v1/drafts/repair', { method: 'PUT', body: { form: {}, version: null } })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await call('/v1/drafts/repair', { method: 'DELETE' })).status).toBe(204);
    expect((await call('/v1/drafts/repair', { method: 'PUT', body: { form: {}, version: 3 } })).body.code).toBe(
      'draft-not-found',
    );
  });
  it('are nobody else’s', async () => {
    const own = await campus.browserAt('daily-affairs', OTHER);
    await own.call('/v1/drafts/leave', { method: 'PUT', body: { form: { kind: 'illness' }, version: null } });
    const other = await campus.browserAt('daily-affairs', NUMBER);
    expect((await other.call('/v1/drafts/leave')).body.code).toBe('draft-not-found');
  });
});

describe('known facts, ratings and notices', () => {
  it('a form shows what the register holds', async () => {
    const { call } = await campus.browserAt('daily-affairs', NUMBER);
    const { body } = await call('/v1/services/leave');
    expect(body.known).toEqual({ name: '张三', student_number: NUMBER, college: '软件学院', class: '软件2301' });
  });
  it('closing asks for one rating, of the applicant alone, given once', async () => {
    const { call } = await campus.browserAt('daily-affairs', NUMBER);
    const { body: started } = await call('/v1/cases', { body: { service: 'leave', form: LEAVE } });
    const path = `/v1/cases/${started.id}`;
    expect((await call(path)).body.rating).toBeNull();
    expect((await call(`${path}/rating`, { body: { stars: 5 } })).body.code).toBe('rating-not-asked');
    await call(`${path}/actions`, { body: { verb: 'withdraw', reason: '不去了' } });
    expect((await call(path)).body.rating).toMatchObject({ stars: null });
    const other = await campus.browserAt('daily-affairs', OTHER);
    expect((await other.call(`${path}/rating`, { body: { stars: 1 } })).status).toBe(404);
    expect((await call(`${path}/rating`, { body: { stars: 6 } })).status).toBe(400);
    const given = await Promise.all([4, 5].map((stars) => call(`${path}/rating`, { body: { stars } })));
    expect(given.map(({ status }) => status).sort()).toEqual([204, 409]);
    const staff = campus.staff('t001', role('counsellor', 'assigned', 't001'));
    expect((await staff(path)).body.rating).toBeNull();
  });
  it('nobody is told what he did himself, and a notice read stays read', async () => {
    const { call } = await campus.browserAt('daily-affairs', NUMBER);
    const { body: before } = await call('/v1/notices');
    expect(before.notices.map((one: { kind: string }) => one.kind)).not.toContain('withdrawn');
    await call('/v1/notices/read', { body: { until: before.notices[0].id } });
    expect((await call('/v1/notices')).body.unread).toBe(0);
    const { body: started } = await call('/v1/cases', { body: { service: 'leave', form: LEAVE } });
    await campus.staff('t001', role('counsellor', 'assigned', 't001'))(`/v1/cases/${started.id}/actions`, {
      body: { verb: 'refuse', step: 'counsellor', reason: '考试周' },
    });
    const { body: after } = await call('/v1/notices');
    expect(after).toMatchObject({ unread: 1, notices: [{ kind: 'refused', case: started.id, read: false }, {}] });
    expect(JSON.stringify(after)).not.toContain('考试周');
  });
});

describe('attachments', () => {
  const upload = (
    browser: Awaited<ReturnType<TestCampus['browserAt']>>,
    bytes: Uint8Array<ArrayBuffer>,
    name = '%E8%AF%81%E6%98%8E.pdf',
  ) =>
    browser.send('/v1/attachments', {
      method: 'POST',
      body: bytes,
      headers: { 'Content-Type': 'application/octet-stream', 'Lanyard-File-Name': name },
    });
  const repair = CATALOGUE_JSON.find(({ id }) => id === 'repair');
  const withPhoto = { ...JSON.parse(JSON.stringify(repair)), id: 'repair-with-photo' };
  beforeAll(async () => {
    withPhoto.form.properties.photo = {
      ...{ type: 'string', format: 'attachment', title: { zh: '照片', en: 'Photo' } },
      ...{ 'x-accept': ['image/jpeg', 'image/png'], 'x-audience': ['repair-crew'] },
    };
    await campus.publish(withPhoto);
  });
  const form = { category: 'other', place_building: '一号楼', place_room: '301', description: '天花板掉灰' };

  it('become part of the case that names them, and who may not read the field gets none', async () => {
    const browser = await campus.browserAt('general-services', NUMBER);
    const uploaded = (await (await upload(browser, JPEG, 'a%2Fb.jpg')).json()) as { id: string };
    expect(uploaded).toMatchObject({ name: 'b.jpg', media_type: 'image/jpeg', bytes: JPEG.length - 14 });
    const body = { service: 'repair-with-photo', form: { ...form, photo: uploaded.id } };
    const { status, body: started } = await browser.call('/v1/cases', { body });
    expect(status).toBe(201);
    const path = `/v1/cases/${started.id}`;
    expect((await browser.call(path)).body.attachments).toEqual([uploaded]);
    const file = await browser.send(`${path}/attachments/${uploaded.id}`);
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-disposition': "attachment; filename*=UTF-8''b.jpg",
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    });
    const bytes = Buffer.from(await file.arrayBuffer());
    expect(bytes.includes('GPS!')).toBe(false);
    const { rows } = await campus.database.run.raw('SELECT body FROM attachment WHERE id = ?', [uploaded.id]);
    expect(rows[0].body.includes(bytes.subarray(0, 20))).toBe(false);
    const { body: seen } = await browser.call(path);
    expect(seen.fields.map((one: { id: string }) => one.id)).not.toContain('photo');
    const office = campus.staff('t9', role('repair-dispatcher'));
    const { body: forOffice } = await office(path);
    expect(forOffice).toMatchObject({ id: started.id, attachments: [] });
    expect((await office(`${path}/attachments/${uploaded.id}`)).status).toBe(404);
  });
  it.each([
    ['of another person', async () => upload(await campus.browserAt('general-services', OTHER), JPEG), 404],
    [
      'of a kind the field does not take',
      async () => upload(await campus.browserAt('general-services', NUMBER), PDF),
      415,
    ],
  ])('a form with a file %s is not handed in, and nothing is half done', async (_what, make, status) => {
    const { id } = (await (await make()).json()) as { id: string };
    const { call } = await campus.browserAt('general-services', NUMBER);
    const count = async () => (await call('/v1/cases?limit=100')).body.cases.length;
    const before = await count();
    const answer = await call('/v1/cases', { body: { service: 'repair-with-photo', form: { ...form, photo: id } } });
    expect(answer.status).toBe(status);
    expect(await count()).toBe(before);
  });
  it.each([
    ['a script', Buffer.from('<script>'), 'a.pdf', 415],
    ['nothing', Buffer.alloc(0), 'a.pdf', 415],
    ['no name', PDF, '', 400],
    ['a name of folders', PDF, '%2F..%2F', 400],
    ['a broken name', PDF, '%E4', 400],
    ['more than 5 MB', Buffer.concat([PDF, Buffer.alloc(5 * 1024 * 1024)]), 'a.pdf', 413],
  ])('refuses %s', async (_what, bytes, name, status) => {
    const browser = await campus.browserAt('student-aid', NUMBER);
    expect((await upload(browser, bytes, name)).status).toBe(status);
  });
  it('thirty wait at most for a form, and one that waits can be taken back by its owner', async () => {
    const browser = await campus.browserAt('student-aid', '9202310000019');
    const ids: string[] = [];
    for (let i = 0; i < 30; i += 1) ids.push(((await (await upload(browser, PDF)).json()) as { id: string }).id);
    expect((await upload(browser, PDF)).status).toBe(409);
    const other = await campus.browserAt('student-aid', OTHER);
    expect((await other.call(`/v1/attachments/${ids[0]}`, { method: 'DELETE' })).status).toBe(404);
    expect((await browser.call(`/v1/attachments/${ids[0]}`, { method: 'DELETE' })).status).toBe(204);
    expect((await upload(browser, PDF)).status).toBe(201);
  });
});

describe('published answers', () => {
  const question = '选修课学分能不能冲抵必修？';
  const answer = '不能冲抵，但可以申请课程替代，2026-12-15 前向教务秘书提出，电话 020-8000 0000。';
  const teacher = () => campus.staff('s77', role('teaching-secretary'));
  const ask = async (n: string, may_publish: boolean) => {
    const student = campus.student(n);
    const form = { topic: 'credits', question: '我想知道选修课学分能不能冲抵必修', may_publish };
    const { body } = await student('/v1/cases', { body: { service: 'study-question', form } });
    return { path: `/v1/cases/${body.id}`, student };
  };
  const close = async ({ path, student }: Awaited<ReturnType<typeof ask>>) => {
    await teacher()(`${path}/actions`, { body: { verb: 'agree', step: 'answer', comment: '不能' } });
    expect((await student(`${path}/actions`, { body: { verb: 'agree', step: 'confirm' } })).status).toBe(200);
  };
  const publish = (path: string, body: object = { question, answer }, by = teacher()) =>
    by(`${path}/publication`, { body });

  it('come after the student’s own confirmation, with his agreement, once, in words that name nobody', async () => {
    const asked = await ask(NUMBER, true);
    expect((await publish(asked.path)).body.code).toBe('publication-not-closed');
    await close(asked);
    for (const bad of ['张三问的', `学号 ${NUMBER}`, '软件2301 的同学问', '住 301 室的同学问', '电话 138 0013 8000'])
      expect((await publish(asked.path, { question: `${bad}：${question}`, answer })).body.code).toBe(
        'publication-names-somebody',
      );
    const made = await Promise.all(Array.from({ length: 5 }, () => publish(asked.path)));
    expect(made.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    const home = await campus.browserAt('home', OTHER);
    const { body } = await home.call(`/v1/published-answers?q=${encodeURIComponent('冲抵')}`);
    expect(body.answers).toMatchObject([
      { question, answer, office: 'teaching-secretary', service: { id: 'study-question' }, topic: { en: 'Credits' } },
    ]);
    expect(JSON.stringify(body)).not.toContain(NUMBER);
    expect((await home.call('/v1/published-answers?q=%25')).body.answers).toEqual([]);
  });
  it.each([
    ['without agreement', false, () => teacher(), 'publication-not-agreed'],
    ['by an office of another service', true, () => campus.staff('x1', role('venue-officer')), 'case-not-found'],
    ['by the one who asked', true, () => campus.student(OTHER), undefined],
    [
      'as staff by the number he asked under',
      true,
      () => campus.staff(OTHER, role('teaching-secretary')),
      'not-your-turn',
    ],
  ])('are refused %s', async (_why, agreed, by, code) => {
    const asked = await ask(OTHER, agreed);
    await close(asked);
    const refused = await publish(asked.path, { question, answer }, by());
    expect(refused.status).toBeGreaterThanOrEqual(403);
    if (code !== undefined) expect(refused.body.code).toBe(code);
  });
  it('are seen in their own module and at home, and taken back by an office of the service alone', async () => {
    const education = await campus.browserAt('education', NUMBER);
    const aid = await campus.browserAt('student-aid', NUMBER);
    const [one] = (await education.call('/v1/published-answers')).body.answers;
    expect((await aid.call('/v1/published-answers')).body.answers).toEqual([]);
    const withdraw = (by: ReturnType<typeof teacher>) =>
      by(`/v1/published-answers/${one.id}/withdraw`, { method: 'POST', body: {} });
    expect((await withdraw(campus.staff('x1', role('venue-officer')))).body.code).toBe('not-your-turn');
    expect((await withdraw(teacher())).status).toBe(204);
    expect((await withdraw(teacher())).body.code).toBe('answer-not-found');
    expect((await education.call('/v1/published-answers')).body.answers).toEqual([]);
  });
});
