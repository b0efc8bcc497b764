import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, role, startCampus, type TestCampus } from './support/start-campus.js';

let campus: TestCampus;
const numberOf = (n: number) => `2026${String(n).padStart(8, '0')}`;
beforeAll(async () => {
  campus = await startCampus();
  await campus.enrol(Array.from({ length: 400 }, (_, n) => ({ number: numberOf(n + 1) })));
}, 120_000);
afterAll(() => campus?.close());

let next = 0;
const newStudents = (count: number): string[] => Array.from({ length: count }, () => numberOf(++next));
const officer = () => campus.staff('i1', role('innovation-officer'));
const setPlaces = (capacity: number, more: object = {}, by = officer()): Promise<Answer> =>
  by('/v1/occasions', {
    method: 'PUT',
    body: { service: 'competition-entry', step: 'place', values: { competition: 'challenge-cup' }, capacity, ...more },
  });
const signUp = (number: string, competition = 'challenge-cup') =>
  campus.student(number)('/v1/cases', { body: { service: 'competition-entry', form: { competition, team: '星辰' } } });
const withdraw = (number: string, id: string) =>
  campus.student(number)(`/v1/cases/${id}/actions`, { body: { verb: 'withdraw', reason: '有课' } });
const placeOf = async (number: string, id: string) => (await campus.student(number)(`/v1/cases/${id}`)).body.places[0];
const stepOf = async (number: string, id: string): Promise<string | undefined> =>
  (await campus.student(number)(`/v1/cases/${id}`)).body.timeline.find(
    ({ state }: { state: string }) => state === 'now',
  )?.step;
const counts = async () => {
  const { body } = await campus.student(numberOf(1))('/v1/services/competition-entry/occasions');
  const { capacity, taken, waiting } = body.occasions[0];
  return { capacity, taken, waiting };
};

describe('300 students for 100 places at once', () => {
  const students = newStudents(300);
  let entries: { number: string; id: string; ahead: number; state: string }[];
  beforeAll(async () => {
    expect((await setPlaces(100)).status).toBe(200);
    entries = await Promise.all(
      students.map(async (number) => {
        const { status, body } = await signUp(number);
        expect(status).toBe(201);
        return { number, id: body.id as string, ahead: 0, state: '' };
      }),
    );
    const { rows } = await campus.database.run.raw(
      'SELECT case_id, state, row_number() OVER (PARTITION BY state ORDER BY number)::integer - 1 AS ahead FROM place',
    );
    const places = new Map(rows.map((row: { case_id: string }) => [row.case_id, row]));
    for (const entry of entries) Object.assign(entry, places.get(entry.id));
  }, 120_000);
  const waiting = () => entries.filter(({ state }) => state === 'waiting').sort((a, b) => a.ahead - b.ahead);

  it('gives exactly 100, and the rest an order without gaps', async () => {
    expect(await counts()).toEqual({ capacity: 100, taken: 100, waiting: 200 });
    expect(entries.filter(({ state }) => state === 'taken')).toHaveLength(100);
    expect(waiting().map(({ ahead }) => ahead)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    const [some = entries[0]!] = waiting().slice(77);
    expect(await placeOf(some.number, some.id)).toMatchObject({ state: 'waiting', ahead: some.ahead });
  });

  it('lets who has a place go on, and who waits wait', async () => {
    const taken = entries.find(({ state }) => state === 'taken')!;
    expect(await stepOf(taken.number, taken.id)).toBe('eligibility');
    expect(await stepOf(waiting()[0]!.number, waiting()[0]!.id)).toBe('place');
  });

  it('hands places that are given back to the first who wait, each once', async () => {
    const leaving = entries.filter(({ state }) => state === 'taken').slice(0, 10);
    const first = waiting().slice(0, 10);
    const eleventh = waiting()[10]!;
    for (const answer of await Promise.all(leaving.map(({ number, id }) => withdraw(number, id))))
      expect(answer.status).toBe(200);
    await Promise.all([campus.tellPlaces(), campus.tellPlaces()]);
    await campus.tellPlaces();
    for (const { number, id } of first) {
      expect(await placeOf(number, id)).toMatchObject({ state: 'taken' });
      expect(await stepOf(number, id)).toBe('eligibility');
    }
    expect(await placeOf(eleventh.number, eleventh.id)).toMatchObject({ state: 'waiting', ahead: 0 });
    expect(await counts()).toEqual({ capacity: 100, taken: 100, waiting: 190 });
    const { state, folded, tasks } = await campus.rowsOf(first[0]!.id);
    expect(folded).toEqual(state);
    expect(tasks.found).toEqual(tasks.wanted);
  });

  it('who leaves the waiting list takes no place along', async () => {
    const leaving = waiting()[20]!;
    expect((await withdraw(leaving.number, leaving.id)).status).toBe(200);
    expect(await counts()).toEqual({ capacity: 100, taken: 100, waiting: 189 });
  });

  it('more places go to who waits; fewer than are given are refused', async () => {
    expect((await setPlaces(105)).status).toBe(200);
    await campus.tellPlaces();
    expect(await counts()).toEqual({ capacity: 105, taken: 105, waiting: 184 });
    expect((await setPlaces(104)).body.code).toBe('places-given');
    expect(await counts()).toEqual({ capacity: 105, taken: 105, waiting: 184 });
  });

  it('nobody has two, and a signature makes none', async () => {
    const waits = waiting().at(-1)!;
    expect((await signUp(waits.number)).body.code).toBe('signed-up-already');
    const signed = await officer()(`/v1/cases/${waits.id}/actions`, { body: { verb: 'agree', step: 'place' } });
    expect(signed).toMatchObject({ status: 409, body: { code: 'places-taken' } });
    expect(await stepOf(waits.number, waits.id)).toBe('place');
  });
});

describe('an occasion', () => {
  it('that nobody set up, or whose time it is not, takes nobody [unknown] [not yet] [over]', async () => {
    const [number = ''] = newStudents(1);
    expect((await signUp(number, 'internet-plus')).body.code).toBe('occasion-not-open');
    const values = { competition: 'internet-plus' };
    const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString();
    await setPlaces(5, { values, opens_at: day(1), closes_at: day(2) });
    expect((await signUp(number, 'internet-plus')).body.code).toBe('occasion-not-open');
    await setPlaces(5, { values, opens_at: day(-2), closes_at: day(-1) });
    expect((await signUp(number, 'internet-plus')).body.code).toBe('occasion-not-open');
    await setPlaces(5, { values, opens_at: day(-1), closes_at: day(1) });
    expect((await signUp(number, 'internet-plus')).status).toBe(201);
    expect((await campus.student(number)('/v1/cases')).body.cases).toHaveLength(1);
  });

  it('is set by who owns the step for the whole university, and by the operator', async () => {
    for (const other of [
      campus.staff('x1', role('counsellor')),
      campus.staff('x2', role('innovation-officer', 'college', '软件学院')),
    ])
      expect((await setPlaces(7, {}, other)).body.code).toBe('not-your-turn');
    expect((await setPlaces(7, {}, campus.student(numberOf(1)))).status).toBe(403);
    expect((await setPlaces(500, { step: 'eligibility' })).body.code).toBe('occasion-unknown');
    expect((await setPlaces(500, { values: {} })).body.code).toBe('occasion-unknown');
    expect((await setPlaces(-1)).status).toBe(400);
  });
});

describe('a venue at one time', () => {
  const form = { venue: 'studio', day: '2026-12-05', slot: 'morning', people: 10, activity: '研讨' };
  const book = (number: string, change: object = {}) =>
    campus.student(number)('/v1/cases', { body: { service: 'venue-booking', form: { ...form, ...change } } });

  it('is booked once, however many ask at once, and nothing is left of the others', async () => {
    const students = newStudents(20);
    const answers = await Promise.all(students.map((number) => book(number)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'places-taken')).toHaveLength(19);
    const loser = students[answers.findIndex(({ status }) => status !== 201)]!;
    expect((await campus.student(loser)('/v1/cases')).body.cases).toEqual([]);
    expect((await book(loser, { slot: 'evening' })).status).toBe(201);
  });

  it('is free again for whoever asks next once it was given back', async () => {
    const [first = '', second = ''] = newStudents(2);
    const change = { day: '2026-12-06' };
    const { body } = await book(first, change);
    expect((await book(second, change)).body.code).toBe('places-taken');
    expect((await withdraw(first, body.id)).status).toBe(200);
    expect((await book(second, change)).status).toBe(201);
  });
});
