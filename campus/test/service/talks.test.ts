import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workbookToCsv } from '../../../issuer/src/domain/workbook/workbook-to-csv.js';
import { type Answer, LEAVE, role, startCampus, type TestCampus } from './support/start-campus.js';

/** Whatever one side is told holds nothing of the other but what he wrote. */
const OWNER = { number: '30101010', name: '失主甲人', college: '失主学院', class: '失主2301' };
const FINDER = { number: '30202020', name: '拾者乙人', college: '拾者学院', class: '拾者2301' };
const PHONE = { category: 'phone', place: '图书馆三楼', on: '2026-11-20', description: '黑色手机，蓝色外壳' };
let campus: TestCampus;
let seat = 0;
beforeAll(async () => {
  campus = await startCampus();
  await campus.enrol([OWNER, FINDER]);
}, 120_000);
afterAll(() => campus?.close());

const office = () => campus.staff('s001', role('security-officer'));
const student = (number: string) => campus.student(number);
async function newNumber(): Promise<string> {
  const number = `3030${String(++seat).padStart(4, '0')}`;
  await campus.enrol([{ number }]);
  return number;
}
async function report(number: string, kind: 'lost' | 'found', more: object = {}): Promise<string> {
  const form = { kind, ...PHONE, ...more };
  const { status, body } = await student(number)('/v1/cases', { body: { service: 'lost-property', form } });
  expect(status).toBe(201);
  return body.id;
}
const openTalk = (one: string, other: string, as = office()) => as(`/v1/cases/${one}/talks`, { body: { case: other } });
/** A talk of two new people, or of those given. */
async function pair({ owner, finder }: { owner?: string; finder?: string } = {}) {
  const numbers = { owner: owner ?? (await newNumber()), finder: finder ?? (await newNumber()) };
  const [lost, found] = [await report(numbers.owner, 'lost'), await report(numbers.finder, 'found')];
  const { status, body } = await openTalk(lost, found);
  expect(status).toBe(201);
  const say = (side: 'owner' | 'finder', text: string, more: object = {}) =>
    student(numbers[side])(`/v1/cases/${side === 'owner' ? lost : found}/talks/${body.id}/messages`, {
      ...{ body: { text }, ...more },
    });
  const read = async (side: 'owner' | 'finder') =>
    (await student(numbers[side])(`/v1/cases/${side === 'owner' ? lost : found}/talks`)).body;
  return { numbers, lost, found, talk: body.id as string, say, read };
}
const noticesOf = async (number: string): Promise<{ kind: string; read: boolean; text: { zh: string } }[]> =>
  (await student(number)('/v1/notices?limit=100')).body.notices;
const kindsOf = async (number: string) => (await noticesOf(number)).map(({ kind }) => kind);
const withdraw = (number: string, id: string) =>
  student(number)(`/v1/cases/${id}/actions`, { body: { verb: 'withdraw' } });
const audited = async (talk: string): Promise<{ action: string; actor: string }[]> => {
  const { rows } = await campus.database.run.raw('SELECT row_text FROM audit WHERE row_text LIKE ? ORDER BY 1', [
    `%talk:${talk}%`,
  ]);
  return (rows as { row_text: string }[]).map(({ row_text }) => JSON.parse(row_text));
};

describe('a talk between finder and owner', () => {
  it('is opened once by the office of both, and both are told [20 at once]', async () => {
    const [owner, finder] = [await newNumber(), await newNumber()];
    const [lost, found] = [await report(owner, 'lost'), await report(finder, 'found')];
    const calls = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? openTalk(lost, found) : openTalk(found, lost)));
    const answers = await Promise.all(calls);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.flatMap(({ status, body }) => (status === 201 ? [] : [body.code])))).toEqual(
      new Set(['talk-exists']),
    );
    const talk = answers.find(({ status }) => status === 201)?.body.id;
    expect((await audited(talk)).map(({ action }) => action)).toEqual(['talk.opened']);
    for (const number of [owner, finder]) expect(await kindsOf(number)).toEqual(['talk-opened']);
    expect((await student(owner)(`/v1/cases/${lost}`)).body.talks).toBe(1);
  });
  it('is written and read by both, each from his own case', async () => {
    const { say, read, talk } = await pair();
    expect((await say('owner', '  背面有黄色贴纸吗？ ')).status).toBe(201);
    expect((await say('finder', '有，还有一道裂纹')).status).toBe(201);
    const messages = [
      expect.objectContaining({ by: 'owner', text: '背面有黄色贴纸吗？' }),
      expect.objectContaining({ by: 'finder', text: '有，还有一道裂纹' }),
    ];
    expect(await read('owner')).toMatchObject({ talks: [{ id: talk, side: 'owner', messages }], left_today: 19 });
    expect(await read('finder')).toMatchObject({ talks: [{ id: talk, side: 'finder', messages }], left_today: 19 });
  });
  it('is read by the office, with the other case; staff who own no step of it find none [void only]', async () => {
    const { say, lost, found } = await pair();
    await say('finder', '在三楼捡到的');
    const { body } = await office()(`/v1/cases/${lost}/talks`);
    expect(body).toMatchObject({ talks: [{ other_case: found, messages: [{ by: 'finder' }] }], left_today: null });
    const voider = campus.staff('v1', role('department-officer'));
    expect((await voider(`/v1/cases/${lost}`)).body.talks).toBe(0);
    expect((await voider(`/v1/cases/${lost}/talks`)).body.talks).toEqual([]);
    const outsider = campus.staff('x1', role('library-officer'));
    expect(await outsider(`/v1/cases/${lost}/talks`)).toMatchObject({ status: 404, body: { code: 'case-not-found' } });
  });
  it('sends one message once for its key', async () => {
    const { say, read } = await pair();
    const key = 'key-of-one-message';
    const answers = [await say('owner', '在吗', { key }), await say('owner', '在吗', { key })];
    expect(answers[1]).toEqual(answers[0]);
    expect((await read('owner')).talks[0].messages).toHaveLength(1);
    expect((await say('owner', '别的', { key })).body.code).toBe('idempotency-key-reused');
    const { rows } = await campus.database.run.raw('SELECT body::text AS body FROM idempotency_key WHERE key = ?', [
      key,
    ]);
    expect(rows[0].body).not.toContain('在吗');
  });
  it('is told once until it was read, and leaves no text in the notice', async () => {
    const { say, found, numbers } = await pair();
    await Promise.all(Array.from({ length: 8 }, () => say('owner', '第一句暗号')));
    expect(await kindsOf(numbers.finder)).toEqual(['talk-message', 'talk-opened']);
    const mark = () => student(numbers.finder)(`/v1/cases/${found}/talks/read`, { body: {} });
    expect((await mark()).status).toBe(204);
    expect((await noticesOf(numbers.finder)).every(({ read }) => read)).toBe(true);
    await say('owner', '第二句暗号');
    await say('owner', '第三句暗号');
    const notices = await noticesOf(numbers.finder);
    expect(notices.map(({ kind }) => kind)).toEqual(['talk-message', 'talk-message', 'talk-opened']);
    expect(JSON.stringify(notices)).not.toMatch(/暗号/);
    expect(await kindsOf(numbers.owner)).toEqual(['talk-opened']);
  });
});

describe('a talk is not opened', () => {
  it.each([
    ['two that were lost', 'lost', {}, 'talk-pair-unfit'],
    ['another kind of thing', 'found', { category: 'card' }, 'talk-pair-unfit'],
    ['too long apart', 'found', { on: '2026-09-01' }, 'talk-pair-unfit'],
  ] as const)('[%s]', async (_, kind, more, code) => {
    const lost = await report(await newNumber(), 'lost');
    const other = await report(await newNumber(), kind, more);
    expect(await openTalk(lost, other)).toMatchObject({ status: 409, body: { code } });
  });
  it('[both are one person’s] [one case]', async () => {
    const number = await newNumber();
    const [lost, found] = [await report(number, 'lost'), await report(number, 'found')];
    const refused = { status: 409, body: { code: 'talk-with-oneself' } };
    expect(await openTalk(lost, found)).toMatchObject(refused);
    expect(await openTalk(lost, lost)).toMatchObject(refused);
  });
  it('[a service without such a rule] [another service]', async () => {
    const [one, other] = [await newNumber(), await newNumber()];
    const start = async (number: string) =>
      (await student(number)('/v1/cases', { body: { service: 'leave', form: LEAVE } })).body.id as string;
    const leaves = [await start(one), await start(other)] as const;
    const counsellor = campus.staff('t001', role('counsellor', 'assigned', 't001'), role('security-officer'));
    expect((await openTalk(...leaves, counsellor)).body.code).toBe('talk-not-offered');
    expect((await openTalk(leaves[0], await report(other, 'found'), counsellor)).body.code).toBe('talk-not-offered');
  });
  it('[a closed case] [one that is with its applicant]', async () => {
    const [owner, finder] = [await newNumber(), await newNumber()];
    const [lost, found] = [await report(owner, 'lost'), await report(finder, 'found')];
    const back = { verb: 'return', step: 'match', to: 'applicant', reason: '请补上颜色' };
    expect((await office()(`/v1/cases/${found}/actions`, { body: back })).status).toBe(200);
    expect(await openTalk(lost, found)).toMatchObject({ status: 409, body: { code: 'case-waits-for-applicant' } });
    await withdraw(finder, found);
    expect(await openTalk(lost, found)).toMatchObject({ status: 409, body: { code: 'case-closed' } });
  });
  it('[an office that may not see both] [that owns no open step] [a student] [an officer’s own case]', async () => {
    const [owner, finder] = [await newNumber(), await newNumber()];
    const [lost, found] = [await report(owner, 'lost'), await report(finder, 'found')];
    expect(await openTalk(lost, 'A'.repeat(22))).toMatchObject({ status: 404, body: { code: 'case-not-found' } });
    const outsider = campus.staff('x1', role('library-officer'));
    expect(await openTalk(lost, found, outsider)).toMatchObject({ status: 404, body: { code: 'case-not-found' } });
    const voider = campus.staff('v1', role('department-officer'));
    expect(await openTalk(lost, found, voider)).toMatchObject({ status: 403, body: { code: 'not-your-turn' } });
    expect((await openTalk(lost, found, student(owner))).status).toBe(403);
    const both = campus.staff(finder, role('security-officer'));
    expect(await openTalk(lost, found, both)).toMatchObject({ status: 403, body: { code: 'own-case' } });
    expect((await openTalk(lost, found)).status).toBe(201);
    expect((await both(`/v1/cases/${lost}/talks`)).body.talks).toEqual([]);
  });
});

describe('a message is not taken', () => {
  it.each([
    ['a telephone', '打我电话 138-0013-8000', 'number'],
    ['an identity number', '99010519491231002X', 'number'],
    ['a mail address', '写信到 a@example.edu', 'mail'],
    ['the own name', '我是失主甲人', 'yourself'],
  ])('that tells who wrote it [%s]', async (_, text, kind) => {
    const { say, read } = await pair({ owner: OWNER.number });
    expect(await say('owner', text)).toMatchObject({ status: 422, body: { code: 'talk-holds-contact', found: kind } });
    expect((await read('finder')).talks[0].messages).toEqual([]);
  });
  it('by a name that is the other’s: a refusal would tell who that is', async () => {
    const { say } = await pair({ owner: OWNER.number, finder: FINDER.number });
    expect((await say('owner', `你是${FINDER.name}吗`)).status).toBe(201);
  });
  it('[empty] [too long] [no text] [too large]', async () => {
    const { say, numbers, lost, talk } = await pair();
    expect((await say('owner', '   ')).body.code).toBe('input-invalid');
    expect((await say('owner', '字'.repeat(501))).body.code).toBe('input-invalid');
    expect((await say('owner', '字'.repeat(500))).status).toBe(201);
    const path = `/v1/cases/${lost}/talks/${talk}/messages`;
    expect((await student(numbers.owner)(path, { body: { text: 7 } })).body.code).toBe('input-invalid');
    expect((await student(numbers.owner)(path, { body: { text: 'x'.repeat(9_000) } })).body.code).toBe(
      'body-too-large',
    );
  });
  it('from another student, from staff, or for a talk of another case', async () => {
    const [mine, theirs] = [await pair(), await pair()];
    const path = `/v1/cases/${mine.lost}/talks`;
    const stranger = student(theirs.numbers.owner);
    const absent = { status: 404, body: { code: 'case-not-found' } };
    expect(await stranger(path)).toMatchObject(absent);
    expect(await stranger(`${path}/${mine.talk}/messages`, { body: { text: '在吗' } })).toMatchObject(absent);
    expect(await stranger(`${path}/read`, { body: {} })).toMatchObject(absent);
    expect(await student(mine.numbers.finder)(path)).toMatchObject(absent);
    const other = await student(mine.numbers.owner)(`${path}/${theirs.talk}/messages`, { body: { text: '在吗' } });
    expect(other).toMatchObject({ status: 404, body: { code: 'talk-not-found' } });
    expect((await office()(`${path}/${mine.talk}/messages`, { body: { text: '在吗' } })).status).toBe(403);
  });
  it('beyond twenty a day and person, over all talks [20 at once after one, in two talks]', async () => {
    const owner = await newNumber();
    const [one, two] = [await pair({ owner }), await pair({ owner })];
    expect((await one.say('owner', '在吗')).status).toBe(201);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? one : two).say('owner', `第${n}句`)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(19);
    expect(answers.find(({ status }) => status !== 201)).toMatchObject({
      ...{ status: 429, body: { code: 'talk-messages-at-most' } },
    });
    expect((await one.read('owner')).left_today).toBe(0);
    const kept = (await Promise.all([one, two].map(({ read }) => read('finder')))).flatMap(
      ({ talks }) => talks[0].messages,
    );
    expect(kept).toHaveLength(20);
    expect((await one.say('finder', '我还可以写')).status).toBe(201);
    campus.clock.ms = 86_400_000;
    expect((await one.say('owner', '第二天')).status).toBe(201);
    campus.clock.ms = 0;
  });
});

describe('a talk is over', () => {
  it.each(['owner', 'finder'] as const)('with the case of the %s, for both', async (side) => {
    const { say, read, numbers, lost, found, talk } = await pair();
    await say('finder', '在吗');
    expect((await withdraw(numbers[side], side === 'owner' ? lost : found)).status).toBe(200);
    for (const writer of ['owner', 'finder'] as const)
      expect(await say(writer, '还在吗')).toMatchObject({ status: 409, body: { code: 'talk-over' } });
    const [seen] = (await read('owner')).talks;
    expect([seen.state, seen.ended, seen.messages.length]).toEqual(['over', null, 1]);
    const end = await office()(`/v1/cases/${lost}/talks/${talk}/end`, { body: { reason: 'settled' } });
    expect(end).toMatchObject({ status: 409, body: { code: 'talk-over' } });
  });
  it('from the moment a case closes: no message is later [10 at once beside it, five times]', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { say, read, numbers, lost } = await pair();
      const [closing, ...answers] = await Promise.all([
        withdraw(numbers.owner, lost),
        ...Array.from({ length: 10 }, (_, n) => say('finder', `第${n}句`)),
      ]);
      expect(closing.status).toBe(200);
      const sent = answers.filter(({ status }) => status === 201);
      const { messages } = (await read('finder')).talks[0];
      expect(messages).toHaveLength(sent.length);
      for (const { at } of messages) expect(at <= closing.body.closed_at).toBe(true);
      for (const { status, body } of answers) if (status !== 201) expect(body.code).toBe('talk-over');
    }
  });
  it('by the office, once, with a reason of the list; both are told and neither writes [20 at once]', async () => {
    const { say, read, numbers, lost, found, talk } = await pair();
    const end = (body: object, as = office(), id = lost) => as(`/v1/cases/${id}/talks/${talk}/end`, { body });
    expect((await end({ reason: '失主甲人来过了' })).body.code).toBe('input-invalid');
    const absent = { status: 404, body: { code: 'talk-not-found' } };
    expect(await end({ reason: 'misuse' }, campus.staff('v1', role('department-officer')))).toMatchObject(absent);
    const elsewhere = await report(await newNumber(), 'lost');
    expect(await end({ reason: 'misuse' }, office(), elsewhere)).toMatchObject(absent);
    expect((await end({ reason: 'misuse' }, student(numbers.owner))).status).toBe(403);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => end({ reason: 'other-thing' }, office(), n % 2 ? lost : found)),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect((await read('finder')).talks[0]).toMatchObject({ state: 'over', ended: { reason: 'other-thing' } });
    expect((await say('owner', '在吗')).body.code).toBe('talk-over');
    for (const number of Object.values(numbers)) expect(await kindsOf(number)).toEqual(['talk-ended', 'talk-opened']);
    expect((await openTalk(lost, found)).body.code).toBe('talk-exists');
    expect((await audited(talk)).map(({ action }) => action).sort()).toEqual(['talk.ended', 'talk.opened']);
  });
  it('while it is being ended: a message waits for that, and is not taken', async () => {
    const { say, read, talk } = await pair();
    const waiting = async (): Promise<number> => {
      const { rows } = await campus.database.run.raw(
        "SELECT count(*)::integer AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      );
      return rows[0].n;
    };
    const answers: Answer[] = [];
    const sent = await campus.database.run.transaction(async (transaction) => {
      await transaction.raw("UPDATE case_talk SET ended_at = now(), end_reason = 'settled' WHERE id = ?", [talk]);
      const sending = say('owner', '在吗').then((answer) => answers.push(answer));
      await expect.poll(async () => answers.length + (await waiting()), { timeout: 10_000 }).toBeGreaterThan(0);
      return { sending };
    });
    await sent.sending;
    expect(answers).toMatchObject([{ status: 409, body: { code: 'talk-over' } }]);
    expect((await read('finder')).talks[0].messages).toEqual([]);
  });
  it('and gone with the case that goes first, and its messages', async () => {
    const { say, read, talk, lost } = await pair();
    await say('owner', '在吗');
    const raw = campus.database.run.raw.bind(campus.database.run);
    await raw("UPDATE service_case SET keep_until = now() - interval '1 day' WHERE id = ?", [lost]);
    await campus.retain();
    expect((await read('finder')).talks).toEqual([]);
    const { rows } = await raw('SELECT count(*)::integer AS n FROM talk_message WHERE talk_id = ?', [talk]);
    expect(rows[0].n).toBe(0);
  });
});

it('what one side is told holds nothing of the other, on any route; no list, export or row holds what was written', async () => {
  const { say, numbers, lost, found, talk } = await pair({ owner: OWNER.number, finder: FINDER.number });
  await say('owner', '钥匙扣是一只绿青蛙');
  await say('finder', '对，绿青蛙在');
  const paths = (id: string) => [
    ...['/v1/cases?limit=100', `/v1/cases/${id}`, `/v1/cases/${id}/history`, `/v1/cases/${id}/talks`],
    ...['/v1/notices?limit=100', '/v1/inbox', '/v1/drafts', '/v1/hours', '/v1/published-answers', '/v1/services'],
  ];
  const told = async (number: string, id: string) =>
    JSON.stringify(await Promise.all(paths(id).map((path) => student(number)(path))));
  const canaries = ({ number, name, college, class: className }: typeof OWNER, id: string) =>
    new RegExp([number, name, name.slice(0, 3), college, className, id].join('|'));
  const [toOwner, toFinder] = [await told(numbers.owner, lost), await told(numbers.finder, found)];
  expect(toOwner).toContain('绿青蛙在');
  expect(toOwner).not.toMatch(canaries(FINDER, found));
  expect(toFinder).toContain('钥匙扣是');
  expect(toFinder).not.toMatch(canaries(OWNER, lost));
  const browser = await campus.browserAt('general-services', numbers.owner);
  const page = await browser.call(`/v1/cases/${lost}/talks`);
  expect(page.body.talks.map(({ id }: { id: string }) => id)).toContain(talk);
  expect(JSON.stringify(page)).not.toMatch(canaries(FINDER, found));

  const { body: file } = await office()('/v1/exports', { body: { what: 'cases', service: 'lost-property' } });
  let csv = '';
  await workbookToCsv(file, new Set(), (text) => {
    csv += text;
  });
  expect(csv).toContain(lost);
  const lists = [
    (await office()('/v1/staff-cases?service=lost-property&limit=100')).body,
    (await office()(`/v1/cases/${lost}/matches`)).body,
    (await office()(`/v1/cases/${lost}`)).body,
    (await office()(`/v1/cases/${lost}/history`)).body,
    (await office()('/v1/inbox')).body,
    (await office()('/v1/statistics')).body,
    csv,
    (await campus.operator('/v1/audit?limit=100')).body,
  ];
  expect(JSON.stringify(lists)).not.toContain('青蛙');
  expect(campus.logLines.join('\n')).not.toMatch(/青蛙|30101010|30202020|失主甲人|拾者乙人/);
  const { rows } = await campus.database.run.raw(
    `SELECT (SELECT string_agg(row_text, ' ') FROM audit) AS audit,
       (SELECT count(*)::integer FROM talk_message WHERE position(convert_to('青蛙', 'UTF8') IN body) > 0) AS plain`,
  );
  expect(rows[0].plain).toBe(0);
  expect(rows[0].audit).not.toMatch(/青蛙|30101010|30202020|失主甲人|拾者乙人/);
});

it('killed in the middle, what was answered as sent is there, once, and counted', async () => {
  const { say, read, numbers, lost, talk } = await pair();
  const victim = await campus.startProcess();
  const calls = Array.from({ length: 12 }, (_, n) =>
    student(numbers.owner)(`/v1/cases/${lost}/talks/${talk}/messages`, {
      ...{ body: { text: `第${n}句` }, key: `killed-message-${n}`, url: victim.url },
    }),
  );
  await Promise.race(calls);
  await victim.kill();
  const sent = (await Promise.all(calls)).filter(({ status }) => status === 201).length;
  expect(sent).toBeGreaterThan(0);
  const again = await Promise.all(calls.map((_, n) => say('owner', `第${n}句`, { key: `killed-message-${n}` })));
  expect(again.every(({ status }) => status === 201)).toBe(true);
  const { talks, left_today: left } = await read('owner');
  const texts = talks[0].messages.map(({ text }: { text: string }) => text);
  expect([texts.length, new Set(texts).size, left]).toEqual([12, 12, 8]);
}, 60_000);
