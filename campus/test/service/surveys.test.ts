import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { role, startCampus, type TestCampus } from './support/start-campus.js';

let campus: TestCampus;
const numberOf = (n: number) => `92023400000${String(n).padStart(2, '0')}`;
const HOUR = 3_600_000;
const at = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();
const words = (zh: string, en: string) => ({ zh, en });
const form = {
  type: 'object',
  properties: {
    opening: {
      ...{
        type: 'string',
        title: words('图书馆几点关门合适', 'When should the library close'),
        enum: ['ten', 'eleven'],
      },
      'x-titles': [words('十点', 'At ten'), words('十一点', 'At eleven')],
    },
    visits: { type: 'integer', title: words('每周去几次', 'Visits a week'), minimum: 0, maximum: 50 },
    wish: { type: 'string', title: words('还想说', 'Anything else'), maxLength: 500 },
  },
  required: ['opening'],
  additionalProperties: false,
};
const survey = (id: string, change: object = {}) => ({
  ...{ id, module: 'general-services', anonymous: true, owner: 'student-affairs-officer', form, audience: {} },
  ...{ title: words('图书馆问卷', 'Library survey'), summary: words('两分钟答完。', 'Takes two minutes.') },
  ...{ opens_at: at(-1), closes_at: at(48), ...change },
});
const office = () => campus.staff('s001', role('student-affairs-officer'));
const make = (body: object, by = office()) => by('/v1/surveys', { body });
const answer = (n: number, id: string, given: object) =>
  campus.student(numberOf(n))(`/v1/open-surveys/${id}/answer`, { body: { form: given } });
const resultsOf = async (id: string) => (await office()(`/v1/surveys/${id}/results`)).body;

beforeAll(async () => {
  campus = await startCampus({ publish: false });
  await campus.enrol(
    Array.from({ length: 12 }, (_, n) => ({ number: numberOf(n), college: n < 8 ? '软件学院' : '文学院' })),
  );
});
afterEach(() => {
  campus.clock.ms = 0;
});
afterAll(() => campus?.close());

describe('a survey', () => {
  it('is made by an office for itself [another office] [a part of the university] [a student] [the same name]', async () => {
    expect((await make(survey('made'))).status).toBe(201);
    expect(await make(survey('other', { owner: 'aid-officer' }))).toMatchObject({ status: 403 });
    const partly = campus.staff('s002', role('student-affairs-officer', 'college', '软件学院'));
    expect((await make(survey('partly'), partly)).status).toBe(403);
    expect((await make(survey('mine'), campus.student(numberOf(1)))).status).toBe(403);
    expect((await make(survey('made'))).body.code).toBe('survey-exists');
  });

  const changed = (property: object) => ({ form: { ...form, properties: { ...form.properties, more: property } } });
  it.each([
    ['a fact of the register', changed({ type: 'string', title: words('学院', 'College'), 'x-prefill': 'college' })],
    ['a file', changed({ type: 'string', title: words('文件', 'File'), format: 'attachment' })],
    ['a list', changed({ type: 'array', title: words('表', 'List'), maxItems: 2, items: form.properties.wish })],
    ['nothing', { form: { type: 'object', properties: {}, additionalProperties: false } }],
    ['to its end before its beginning', { closes_at: at(-2) }],
    ['a module there is not', { module: 'canteen' }],
  ])('asks no %s', async (_, change) => {
    expect((await make(survey('malformed', change))).status).toBe(400);
  });

  it('is answered once by each, in parallel too, and by whom it asks [another college] [what does not fit] [over]', async () => {
    await make(survey('software', { audience: { college: ['软件学院'] } }));
    const mine = async (n: number) =>
      (await campus.student(numberOf(n))('/v1/open-surveys')).body.surveys.map(({ id }: { id: string }) => id);
    expect([await mine(1), await mine(9)]).toEqual([expect.arrayContaining(['software']), ['made']]);
    expect((await campus.student(numberOf(9))('/v1/open-surveys/software')).body.code).toBe('survey-not-found');
    expect((await answer(9, 'software', { opening: 'ten' })).body.code).toBe('survey-not-found');
    expect(await answer(1, 'software', { opening: 'noon' })).toMatchObject({
      ...{ status: 422, body: { code: 'form-invalid', errors: [{ at: '/opening' }] } },
    });
    expect((await answer(1, 'software', { opening: 'ten', name: '张三' })).status).toBe(422);
    const at_once = await Promise.all(Array.from({ length: 20 }, () => answer(1, 'software', { opening: 'ten' })));
    expect(at_once.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(new Set(at_once.flatMap(({ body }) => body?.code ?? []))).toEqual(new Set(['survey-answered']));
    expect((await resultsOf('software')).answers).toBe(1);
    expect((await office()('/v1/surveys/software/close', { method: 'POST' })).status).toBe(204);
    expect((await answer(2, 'software', { opening: 'ten' })).body.code).toBe('survey-closed');
    expect((await office()('/v1/surveys/software/close', { method: 'POST' })).body.code).toBe('survey-closed');
    expect((await answer(2, 'nowhere', { opening: 'ten' })).body.code).toBe('survey-not-found');
  });

  it('tells nothing of fewer than five people [four answers] [a choice of two] [a college of three]', async () => {
    await make(survey('small'));
    for (const n of [1, 2, 3, 4]) await answer(n, 'small', { opening: 'ten', visits: n });
    expect(await resultsOf('small')).toMatchObject({ answers: 4, questions: null, by_college: null });
    for (const n of [5, 6, 7]) await answer(n, 'small', { opening: 'ten', visits: 2 });
    for (const n of [8, 9, 10]) await answer(n, 'small', { opening: n === 10 ? 'ten' : 'eleven', wish: `愿望${n}` });
    const { questions, answers, by_college } = await resultsOf('small');
    expect(answers).toBe(10);
    expect(questions).toEqual([
      {
        ...{ field: 'opening', numbers: null, texts: null },
        // One alone that is hidden would be found from the whole.
        choices: [
          { value: 'ten', n: null },
          { value: 'eleven', n: null },
        ],
      },
      { field: 'visits', choices: null, numbers: { n: 7, mean: 2.29 }, texts: null },
      { field: 'wish', choices: null, numbers: null, texts: null },
    ]);
    expect(by_college).toEqual(expect.arrayContaining([{ college: '文学院', answers: null }]));
  });

  it('that is anonymous keeps no person, no time and no order beside an answer; a named one its person', async () => {
    await make(survey('secret'));
    await make(survey('named', { anonymous: false }));
    const canary = '三号楼自习室的灯坏了';
    for (const id of ['secret', 'named']) await answer(3, id, { opening: 'ten', wish: canary });
    const { rows } = await campus.database.run.raw("SELECT * FROM survey_answer WHERE survey IN ('secret', 'named')");
    expect(rows.map(({ survey: of, person }: { survey: string; person: string }) => [of, person]).sort()).toEqual([
      ['named', `student:${numberOf(3)}`],
      ['secret', null],
    ]);
    expect(Object.keys(rows[0]).sort()).toEqual(['college', 'id', 'person', 'survey', 'values_sealed']);
    expect(
      Buffer.concat(rows.map(({ values_sealed: sealed }: { values_sealed: Buffer }) => sealed)).includes(canary),
    ).toBe(false);
    // Neither the audit nor a remembered answer to a repeat leads from who to what.
    const beside = await campus.database.run.raw(
      "SELECT (SELECT count(*) FROM audit WHERE row_text LIKE '%survey:secret%') AS told, (SELECT count(*) FROM idempotency_key) AS kept",
    );
    expect(beside.rows).toEqual([{ told: 1, kept: 0 }]);
    expect(JSON.stringify(campus.logLines)).not.toContain(canary);
  });

  it('is read by its office alone, and answered at its module [another office] [another module]', async () => {
    const other = campus.staff('a001', role('aid-officer'));
    expect((await other('/v1/surveys/small/results')).body.code).toBe('survey-not-found');
    expect((await other('/v1/surveys')).body.surveys).toEqual([]);
    const listed = (await office()('/v1/surveys')).body.surveys;
    expect(listed).toEqual(expect.arrayContaining([expect.objectContaining({ id: 'small', answers: 10 })]));
    const elsewhere = await campus.browserAt('education', numberOf(11));
    expect((await elsewhere.call('/v1/open-surveys')).body.surveys).toEqual([]);
    expect((await elsewhere.call('/v1/open-surveys/small/answer', { body: { form: { opening: 'ten' } } })).status).toBe(
      404,
    );
    const there = await campus.browserAt('general-services', numberOf(11));
    expect((await there.call('/v1/open-surveys/small/answer', { body: { form: { opening: 'ten' } } })).status).toBe(
      204,
    );
  });
});
