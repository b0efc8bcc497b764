import { describe, expect, it } from 'vitest';
import { agreesToPublish } from '../../src/domain/answers/may-publish.js';
import { act } from '../../src/domain/cases/act.js';
import type { Action, Actor } from '../../src/domain/cases/action.js';
import { replay } from '../../src/domain/cases/apply-event.js';
import { callsIn } from '../../src/domain/cases/calls.js';
import type { CaseEvent } from '../../src/domain/cases/case-event.js';
import type { CaseState } from '../../src/domain/cases/case-state.js';
import { makeReady } from '../../src/domain/cases/ready-definition.js';
import { tasksOf } from '../../src/domain/cases/tasks-of.js';
import { DUTY_STEP, namesDanger } from '../../src/domain/definitions/danger.js';
import { zServiceDefinition } from '../../src/domain/definitions/definition.js';
import { differenceOf } from '../../src/domain/definitions/difference.js';
import type { PersonId } from '../../src/domain/people/person.js';
import { stepRunsOf } from '../../src/domain/statistics/step-runs.js';
import { timelineOf } from '../../src/domain/views/timeline.js';
import { hidesApplicant, seesCase, visibleForm } from '../../src/domain/views/who-sees.js';
import { CATALOGUE_JSON, serviceOf } from '../support/catalogue.js';
import { applicantOf, holder, person } from '../support/population.js';

/** A Saturday night: nobody works. */
const START_MS = Date.parse('2026-11-28T18:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const student = person('student:1');
const duty = holder('staff:psy', 'psychologist');
const community = holder('staff:com', 'community-officer');
const lead = holder('staff:lead', 'community-lead');
const canteen = holder('staff:log', 'logistics-officer');
const CALM = { topic: 'canteen', anonymous: true, text: '菜价太高', may_publish: true };
const DANGER = { ...CALM, text: '我不想活了' };
const agree = (step: string, comment = '', choice?: string): Action => ({ verb: 'agree', step, comment, choice });
const toApplicant = (step: string): Action => ({ verb: 'return', step, to: 'applicant', reason: 'more' });

function begin(form: Record<string, unknown>, service = 'complaint') {
  const ready = makeReady(serviceOf(service));
  let nowMs = START_MS;
  const context = () => ({ nowMs, dueAfter: (hours: number) => nowMs + hours * 7 * HOUR_MS });
  const first = act(ready, undefined, student, { verb: 'submit', applicant: applicantOf('1'), form }, context());
  if (!first.ok) throw new Error(first.code);
  let state: CaseState = first.state;
  const events: CaseEvent[] = [...first.events];
  return {
    ready,
    events,
    get state() {
      return state;
    },
    calls: (told: readonly CaseEvent[]) => callsIn(ready.definition, told, state),
    open: () => tasksOf(state).map(({ step }) => step),
    later: (ms: number) => {
      nowMs += ms;
    },
    does(who: Actor, action: Action): readonly CaseEvent[] {
      const acted = act(ready, state, who, action, context());
      if (!acted.ok) throw new Error(acted.code);
      state = acted.state;
      events.push(...acted.events);
      return acted.events;
    },
    refused(who: Actor, action: Action) {
      const acted = act(ready, state, who, action, context());
      return acted.ok ? 'done' : acted.code;
    },
  };
}
const danger = () => {
  const { danger: found } = serviceOf('complaint');
  if (found === undefined) throw new Error('no danger rule');
  return found;
};

describe('a text names danger', () => {
  it.each([
    ['as the word stands', '我想自杀'],
    ['spaces between the letters', '我 不 想 活 了'],
    ['wide spaces and line ends', '轻\u3000生\n'],
    ['letters that are not seen between', '自\u200b杀'],
    ['wide letters', 'ＳＵＩＣＩＤＥ'],
    ['upper case', 'I will KILL  Myself'],
    ['going on', 'he talks of bombs and wants to kill himself'],
    ['letters set apart', 'k i l l  m y s e l f'],
    ['beside Chinese', '我要kill myself了'],
    ['inside a longer text', '室友留下遗书，人不见了，请快点'],
    ['danger to others', '他说要带炸弹来'],
    ['another way to say it', '昨晚又寻短见，喝农药前被拦下'],
    ['tired of it', '我活够了，不如死了'],
    ['a threat', '他扬言要弄死我'],
    ['an apostrophe of a telephone', 'I don’t want to live any more'],
    ['in common words', 'there is no reason to live, I will end it all'],
  ])('[%s]', (_, text) => expect(namesDanger(danger(), { text })).toBe(true));
  it.each([
    ['nothing of it', '食堂的菜价太高'],
    ['letters of a word apart', '自己去杀价'],
    ['learning by heart', '与其理解不如死记硬背'],
    ['a computer that stands still', '一更新就把电脑弄死机了'],
    ['the end of another word', 'I would spend my life in this library'],
    ['behind a letter', 'they skill me in chess'],
    ['an empty text', ''],
    ['another field', undefined],
    ['no text', 7],
  ])('not [%s]', (_, text) => expect(namesDanger(danger(), { text, about: '自杀' })).toBe(false));
});

describe('the duty', () => {
  it('has it at once, beside the way it takes anyhow, due by the clock', () => {
    const complaint = begin(DANGER);
    expect(complaint.events.map(({ kind }) => kind)).toEqual(['submitted', 'danger-named', 'step-opened']);
    expect(complaint.open()).toEqual(['classify', DUTY_STEP]);
    const task = tasksOf(complaint.state).find(({ step }) => step === DUTY_STEP);
    expect(task).toMatchObject({ owner: { kind: 'role', role: 'psychologist' }, dueAtMs: START_MS + 30 * MINUTE_MS });
    expect(timelineOf(complaint.ready.definition, complaint.state)[0]).toMatchObject({ step: DUTY_STEP, state: 'now' });
  });
  it('is not called without the words, and does not see the case', () => {
    const complaint = begin(CALM);
    expect(complaint.open()).toEqual(['classify']);
    expect(seesCase(complaint.ready.definition, complaint.state, duty)).toBe(false);
    expect(complaint.refused(duty, agree(DUTY_STEP, '谈过了'))).toBe('step-not-open');
  });
  it('learns who wrote anonymously; the department does not', () => {
    const { ready, state } = begin(DANGER);
    const { definition } = ready;
    expect(seesCase(definition, state, duty)).toBe(true);
    expect(hidesApplicant(definition, state, duty)).toBe(false);
    expect(visibleForm(definition, state, duty)).toMatchObject({ student_number: '1' });
    expect(hidesApplicant(definition, state, canteen)).toBe(true);
    expect(visibleForm(definition, state, canteen)).not.toHaveProperty('student_number');
  });
  it.each([
    ['an office of the case', community, agree(DUTY_STEP, '谈过了'), 'not-your-turn'],
    ['the author himself', holder('student:1', 'psychologist'), agree(DUTY_STEP, '谈过了'), 'own-case'],
    ['nothing said', duty, agree(DUTY_STEP, ' '), 'duty-note-missing'],
    ['a choice', duty, agree(DUTY_STEP, '谈过了', 'canteen'), 'choice-unknown'],
    ['handed on', duty, { verb: 'transfer', step: DUTY_STEP, to: 'staff:x' as PersonId, reason: '' }, 'verb-not-here'],
    ['another put in', duty, { verb: 'add-cosigner', step: DUTY_STEP, person: 'staff:x' as PersonId }, 'verb-not-here'],
    ['refused', duty, { verb: 'refuse', step: DUTY_STEP, reason: 'no' }, 'verb-not-here'],
    ['sent back', duty, toApplicant(DUTY_STEP), 'verb-not-here'],
  ] satisfies [string, Actor, Action, string][])('is answered by itself alone, in words [%s]', (_, who, action, code) =>
    expect(begin(DANGER).refused(who, action)).toBe(code),
  );
  it('is waited for before the case ends', () => {
    const complaint = begin(DANGER);
    complaint.does(community, agree('classify', '', 'canteen'));
    complaint.does(canteen, agree('plan'));
    complaint.does(canteen, agree('result'));
    complaint.does(student, agree('call-back'));
    expect(complaint.state.status).toBe('open');
    expect(complaint.open()).toEqual([DUTY_STEP]);
    complaint.does(duty, agree(DUTY_STEP, '已联系本人和辅导员'));
    expect(complaint.state).toMatchObject({ status: 'closed', outcome: 'granted' });
    expect(replay(complaint.events)).toEqual(complaint.state);
  });
  it.each([
    ['withdrawn', student, { verb: 'withdraw', reason: '' }],
    ['voided', holder('staff:o', 'department-officer'), { verb: 'void', reason: 'twice' }],
  ] satisfies [string, Actor, Action][])('is waited for before the case is %s', (_, who, action) => {
    const form = { topic: 'credits', question: '活不下去了', may_publish: true };
    const question = begin(form, 'study-question');
    expect(question.refused(who, action)).toBe('duty-open');
    question.does(duty, agree(DUTY_STEP, '谈过了'));
    expect(question.refused(who, action)).toBe('done');
  });
  it('is waited for before the case is refused', () => {
    const form = { preferred_day: '2026-12-05', slot: 'morning', note: 'suicide' };
    const appointment = begin(form, 'counselling-appointment');
    const refuse: Action = { verb: 'refuse', step: 'appointment', reason: 'full' };
    expect(appointment.refused(duty, refuse)).toBe('duty-open');
    appointment.does(duty, agree(DUTY_STEP, '谈过了'));
    expect(appointment.refused(duty, refuse)).toBe('done');
  });
});

describe('a form that comes back', () => {
  it('goes on at the duty while it is mended, and after the words are taken out', () => {
    const complaint = begin(DANGER);
    complaint.does(community, toApplicant('classify'));
    expect(complaint.open()).toEqual([null, DUTY_STEP]);
    complaint.does(student, { verb: 'resubmit', form: CALM });
    expect(complaint.open()).toEqual(['classify', DUTY_STEP]);
    expect(hidesApplicant(complaint.ready.definition, complaint.state, duty)).toBe(false);
  });
  it('is answered while it is mended, without opening anything', () => {
    const complaint = begin(DANGER);
    complaint.does(community, toApplicant('classify'));
    complaint.does(duty, agree(DUTY_STEP, '谈过了'));
    expect(complaint.open()).toEqual([null]);
    expect(complaint.state.status).toBe('returned');
  });
  it('calls the duty where danger is written then', () => {
    const complaint = begin(CALM);
    complaint.does(community, toApplicant('classify'));
    complaint.does(student, { verb: 'resubmit', form: DANGER });
    expect(complaint.open()).toEqual(['classify', DUTY_STEP]);
    expect(replay(complaint.events)).toEqual(complaint.state);
  });
  it.each([
    ['the same text, answered', { topic: 'dormitory' }, false],
    ['another text', { text: '还是不想活了' }, true],
  ])('calls it again for another text alone [%s]', (_, form, isCalled) => {
    const complaint = begin(DANGER);
    complaint.does(community, toApplicant('classify'));
    complaint.does(duty, agree(DUTY_STEP, '谈过了'));
    complaint.does(student, { verb: 'resubmit', form });
    expect(complaint.open().includes(DUTY_STEP)).toBe(isCalled);
    expect(replay(complaint.events)).toEqual(complaint.state);
  });
});

describe('late by the clock', () => {
  it('goes to one office more, once, also at night and while the form is mended', () => {
    const complaint = begin(DANGER);
    complaint.does(community, toApplicant('classify'));
    complaint.later(29 * MINUTE_MS);
    expect(complaint.does({ kind: 'calendar' }, { verb: 'tell-breaches' })).toEqual([]);
    complaint.later(2 * MINUTE_MS);
    const told = complaint.does({ kind: 'calendar' }, { verb: 'tell-breaches' });
    expect(told).toMatchObject([
      { kind: 'escalated', step: DUTY_STEP, to: { role: 'community-lead' }, dueAtMs: START_MS + 61 * MINUTE_MS },
    ]);
    expect(complaint.does({ kind: 'calendar' }, { verb: 'tell-breaches' })).toEqual([]);
    expect(complaint.calls(told)).toMatchObject([
      { kind: 'danger', step: DUTY_STEP, role: { role: 'community-lead' } },
    ]);
    complaint.does(lead, agree(DUTY_STEP, '已到现场'));
    expect(complaint.open()).toEqual([null]);
  });
  it('calls the duty again where there is no other office', () => {
    const appointment = begin(
      { preferred_day: '2026-12-05', slot: 'morning', note: '自残' },
      'counselling-appointment',
    );
    expect(appointment.calls(appointment.events)).toMatchObject([{ kind: 'danger', role: { role: 'psychologist' } }]);
    appointment.later(31 * MINUTE_MS);
    const told = appointment.does({ kind: 'calendar' }, { verb: 'tell-breaches' });
    expect(told).toMatchObject([{ kind: 'reminded', step: DUTY_STEP }]);
    expect(appointment.calls(told)).toMatchObject([{ kind: 'danger', role: { role: 'psychologist' } }]);
  });
});

describe('nowhere else', () => {
  it('is an answer published of it', () => {
    const { ready, state } = begin(DANGER);
    const calm = begin(CALM);
    expect(agreesToPublish(calm.ready.definition, calm.state)).toBe(true);
    expect(agreesToPublish(ready.definition, state)).toBe(false);
  });
  it('is the duty counted', () => {
    const complaint = begin(DANGER);
    complaint.does(duty, agree(DUTY_STEP, '谈过了'));
    complaint.does(community, agree('classify', '', 'canteen'));
    expect(stepRunsOf(undefined, complaint.events)).toMatchObject([{ step: 'classify', how: 'done' }]);
  });
});

describe('a definition', () => {
  const json = (service: string) => structuredClone(CATALOGUE_JSON.find(({ id }) => id === service)) as never as Json;
  type Json = { danger: Record<string, unknown>; steps: { id: string }[]; closes_only_after: string | null };
  it('says in its difference which words were added', () => {
    const after = json('complaint');
    after.danger['words'] = [...(after.danger['words'] as string[]), '绝食'];
    const lines = differenceOf(serviceOf('complaint'), zServiceDefinition.parse(after));
    expect(lines).toMatchObject([{ part: 'service', what: 'danger' }]);
    expect(lines[0]?.after).toContain('绝食');
    expect(lines[0]?.before).not.toContain('绝食');
  });
  it.each([
    ['a field that is none', 'complaint', { fields: ['nothing'] }],
    ['a field that is a choice', 'complaint', { fields: ['topic'] }],
    ['a field that is a file', 'complaint', { fields: ['photo'] }],
    ['a field that is yes or no', 'complaint', { fields: ['anonymous'] }],
    ['no words', 'complaint', { words: [] }],
    ['one letter', 'complaint', { words: ['死 '] }],
    ['a letter and spaces', 'complaint', { words: ['死\u3000\u200b'] }],
    ['a word twice, in another case', 'complaint', { words: ['Suicide', 'ｓｕｉｃｉｄｅ'] }],
    ['nothing said beforehand', 'complaint', { said: undefined }],
    ['no number', 'complaint', { phones: [] }],
    ['more than a day', 'complaint', { due_minutes: 1_441 }],
    ['a duty that does not see the service', 'counselling-appointment', { duty: whole('security-officer') }],
    [
      'an office for delays that does not see it',
      'counselling-appointment',
      { on_breach: { do: 'escalate', to: whole('community-lead') } },
    ],
  ])('is refused [%s]', (_, service, wrong) => {
    const given = json(service);
    given.danger = { ...given.danger, ...wrong };
    expect(zServiceDefinition.safeParse(given).success).toBe(false);
  });
  it('has no step of the name of the duty', () => {
    const given = json('study-question');
    given.steps[0] = { ...given.steps[0], id: DUTY_STEP };
    expect(zServiceDefinition.safeParse(given).success).toBe(false);
  });
});
function whole(role: string) {
  return { role, scope: { of: 'university' } };
}
