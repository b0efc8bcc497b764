import { describe, expect, it } from 'vitest';
import { act } from '../../src/domain/cases/act.js';
import type { Action, Actor, PersonActor } from '../../src/domain/cases/action.js';
import { replay } from '../../src/domain/cases/apply-event.js';
import { callsIn } from '../../src/domain/cases/calls.js';
import type { CaseEvent } from '../../src/domain/cases/case-event.js';
import { type CaseState, currentForm } from '../../src/domain/cases/case-state.js';
import { makeReady } from '../../src/domain/cases/ready-definition.js';
import { tasksOf } from '../../src/domain/cases/tasks-of.js';
import { zServiceDefinition } from '../../src/domain/definitions/definition.js';
import { noticesOf } from '../../src/domain/notices/notice.js';
import { type Applicant, NO_FACTS, type PersonId } from '../../src/domain/people/person.js';
import { shownFields } from '../../src/domain/views/shown-fields.js';
import { seesCase, seesService } from '../../src/domain/views/who-sees.js';
import { CATALOGUE_JSON, serviceOf } from '../support/catalogue.js';
import { applicantOf, holder, person } from '../support/population.js';

/** A Saturday night: nobody works. */
const START_MS = Date.parse('2026-11-28T18:00:00Z');
const MINUTE_MS = 60_000;
const FIRE = {
  ...{ kind: 'fire', severity: 'grave', place: '七号楼', seen_at: '2026-11-29T01:50:00+08:00' },
  ...{ people_hurt: 0, description: '三层有烟' },
};
const warden = holder('staff:warden', 'dormitory-officer');
const guard = holder('staff:guard', 'security-officer');
const psychologist = holder('staff:psy', 'psychologist');
const lead = holder('staff:lead', 'community-lead');
const byHimself = (who: PersonActor): Applicant => ({ person: who.person, facts: NO_FACTS });
const tick = (step: string, item: string, text = ''): Action => ({ verb: 'note', step, text, item });
const agree = (step: string, comment = ''): Action => ({ verb: 'agree', step, comment });

function report(form: object = FIRE, who: PersonActor = warden, applicant: Applicant = byHimself(who)) {
  const ready = makeReady(serviceOf('campus-incident'));
  let nowMs = START_MS;
  const context = () => ({ nowMs, dueAfter: (hours: number) => nowMs + hours * 60 * MINUTE_MS });
  const first = act(ready, undefined, who, { verb: 'submit', applicant, form: { ...form } }, context());
  if (!first.ok) throw new Error(first.code);
  let state: CaseState = first.state;
  const events: CaseEvent[] = [...first.events];
  return {
    ...{ ready, events },
    get state() {
      return state;
    },
    open: () => tasksOf(state).map(({ step }) => step),
    later: (ms: number) => {
      nowMs += ms;
    },
    does(actor: Actor, action: Action): readonly CaseEvent[] {
      const acted = act(ready, state, actor, action, context());
      if (!acted.ok) throw new Error(acted.code);
      state = acted.state;
      events.push(...acted.events);
      return acted.events;
    },
    refused(actor: Actor, action: Action) {
      const acted = act(ready, state, actor, action, context());
      return acted.ok ? 'done' : acted.code;
    },
    finish(actor: PersonActor, step: string) {
      const found = ready.definition.steps.flatMap((one) => (one.kind === 'parallel' ? one.branches.flat() : [one]));
      const at = found.find(({ id }) => id === step);
      for (const { id } of at?.kind === 'respond' ? at.checklist : []) this.does(actor, tick(step, id));
      return this.does(actor, agree(step));
    },
  };
}

describe('an incident is reported', () => {
  it('by staff with a role for it, about nobody', () => {
    const { state, open } = report();
    expect(state.applicant).toEqual({ person: 'staff:warden', facts: NO_FACTS });
    expect(open()).toEqual(['scene']);
    expect(currentForm(state)).toEqual(FIRE);
  });
  it.each([
    ['by staff without the role', holder('staff:x', 'registrar'), undefined],
    ['by a student, whatever role a header gives him', holder('student:1', 'dormitory-officer'), undefined],
    ['in the name of a student', warden, applicantOf('1')],
    ['in the name of another', warden, byHimself(guard)],
  ])('never %s', (_, who, applicant) => expect(() => report(FIRE, who, applicant)).toThrow('start-not-allowed'));
  it('names nobody: there is no field for it', () =>
    expect(() => report({ ...FIRE, student_number: '1' })).toThrow('form-invalid'));
  it('is not there for a student, nor for staff without a part in it', () => {
    const { ready, state } = report();
    for (const who of [person('student:1'), holder('staff:reg', 'registrar')]) {
      expect(seesService(ready.definition, who)).toBe(false);
      expect(seesCase(ready.definition, state, who)).toBe(false);
    }
    for (const who of [warden, guard, lead]) expect(seesCase(ready.definition, state, who)).toBe(true);
    expect(seesCase(ready.definition, state, person('staff:warden'))).toBe(false);
  });
});

describe('offices act together', () => {
  it('each by its list, in any order, until the look back', () => {
    const incident = report();
    incident.finish(guard, 'scene');
    expect(incident.open().sort()).toEqual(['building', 'care', 'students']);
    incident.finish(holder('staff:aff', 'student-affairs-officer'), 'students');
    incident.finish(holder('staff:log', 'logistics-officer'), 'building');
    incident.finish(psychologist, 'care');
    incident.finish(guard, 'all-clear');
    expect(incident.open()).toEqual(['review']);
    incident.does(lead, agree('review', '烟感已更换'));
    expect(incident.state).toMatchObject({ status: 'closed', outcome: 'granted' });
    expect(replay(incident.events)).toEqual(incident.state);
  });
  it('the reporter as well, where he has the role: an incident is nobody’s own', () => {
    const incident = report(FIRE, guard);
    incident.finish(guard, 'scene');
    expect(incident.open()).toContain('care');
    expect(
      incident.refused(guard, { verb: 'transfer', step: 'care', to: 'staff:warden' as PersonId, reason: '' }),
    ).toBe('not-your-turn');
    incident.does(psychologist, { verb: 'transfer', step: 'care', to: 'staff:guard' as PersonId, reason: '' });
    incident.finish(guard, 'care');
    expect(incident.open()).not.toContain('care');
  });
  it('and nobody ends it from the side', () => {
    const incident = report();
    expect(incident.refused(warden, { verb: 'withdraw', reason: '' })).toBe('verb-not-here');
    expect(incident.refused(guard, { verb: 'return', step: 'scene', to: 'applicant', reason: 'more' })).toBe(
      'verb-not-here',
    );
    expect(incident.refused(guard, { verb: 'refuse', step: 'scene', reason: 'no' })).toBe('verb-not-here');
    expect(incident.refused(guard, { verb: 'void', reason: 'false alarm' })).toBe('not-your-turn');
    expect(incident.refused(lead, { verb: 'void', reason: 'false alarm' })).toBe('done');
  });
});

describe('the list of a step', () => {
  it('is ticked before the step is done', () => {
    const incident = report();
    expect(incident.refused(guard, agree('scene'))).toBe('checklist-open');
    incident.does(guard, tick('scene', 'people-safe'));
    incident.does(guard, tick('scene', 'rescue', '不需要'));
    expect(incident.refused(guard, agree('scene'))).toBe('checklist-open');
    incident.does(guard, tick('scene', 'closed-off'));
    expect(incident.refused(guard, agree('scene'))).toBe('done');
  });
  it.each([
    ['an item of no list', tick('scene', 'tea'), guard, 'item-unknown'],
    ['of another step', tick('scene', 'seen-to'), guard, 'item-unknown'],
    ['by another office', tick('scene', 'people-safe'), psychologist, 'not-your-turn'],
    ['of a step that is not open', tick('care', 'seen-to'), psychologist, 'step-not-open'],
  ] as const)('is not ticked [%s]', (_, action, who, code) => expect(report().refused(who, action)).toBe(code));
  it('is ticked once', () => {
    const incident = report();
    incident.does(guard, tick('scene', 'people-safe'));
    expect(incident.refused(guard, tick('scene', 'people-safe', 'again'))).toBe('item-ticked');
  });
  it('begins anew where the step is gone through again', () => {
    const incident = report();
    incident.finish(guard, 'scene');
    incident.does(psychologist, { verb: 'return', step: 'care', to: 'previous', reason: '还有人在里面' });
    expect(incident.open()).toEqual(['scene']);
    expect(incident.refused(guard, agree('scene'))).toBe('checklist-open');
    expect(incident.events.filter(({ kind }) => kind === 'noted')).toHaveLength(3);
  });
});

describe('the log', () => {
  const note = (text: string): Action => ({ verb: 'note', step: 'scene', text });
  it('says who wrote what and when', () => {
    const incident = report();
    incident.later(3 * MINUTE_MS);
    expect(incident.does(guard, note('消防车已到'))).toMatchObject([
      { kind: 'noted', atMs: START_MS + 3 * MINUTE_MS, by: 'staff:guard', item: null, comment: '消防车已到' },
    ]);
  });
  it.each([
    ['nothing', note(' '), guard, 'note-empty'],
    ['by who has no part in the step', note('看到了'), warden, 'not-your-turn'],
  ] as const)('takes none [%s]', (_, action, who, code) => expect(report().refused(who, action)).toBe(code));
  it('takes none at a step that has no log', () => {
    const incident = report({ ...FIRE, kind: 'network', severity: 'minor' });
    incident.finish(guard, 'scene');
    incident.finish(guard, 'all-clear');
    expect(incident.refused(lead, { verb: 'note', step: 'review', text: '看过' })).toBe('verb-not-here');
  });
  it('ends before it is too long to show, and the incident can be ended all the same', () => {
    const incident = report();
    for (const { id } of [{ id: 'people-safe' }, { id: 'rescue' }, { id: 'closed-off' }])
      incident.does(guard, tick('scene', id));
    while (incident.refused(guard, note('还在')) === 'done') incident.does(guard, note('还在'));
    expect(incident.refused(guard, note('还在'))).toBe('log-full');
    expect(incident.state.version).toBe(1_500);
    expect(incident.refused(guard, agree('scene'))).toBe('done');
  });
});

describe('files of the log', () => {
  const note = (files: string[], text = ''): Action => ({ verb: 'note', step: 'scene', text, files });
  const named = (from: number, count: number) => Array.from({ length: count }, (_, n) => `file-${from + n}`);
  it('come with a note, with a tick, or by themselves, and the case knows them', () => {
    const incident = report();
    expect(incident.does(guard, note(['file-1'], '三层走廊'))).toMatchObject([
      { kind: 'noted', comment: '三层走廊', item: null, files: ['file-1'] },
    ]);
    incident.does(guard, { verb: 'note', step: 'scene', text: '', item: 'people-safe', files: ['file-2'] });
    incident.does(guard, note(['file-3', 'file-4']));
    expect(incident.state.files).toEqual(['file-1', 'file-2', 'file-3', 'file-4']);
    expect(replay(incident.events)).toEqual(incident.state);
  });
  it('stay where the step is gone through again', () => {
    const incident = report();
    incident.does(guard, note(['file-1']));
    incident.finish(guard, 'scene');
    incident.does(psychologist, { verb: 'return', step: 'care', to: 'previous', reason: '还有人在里面' });
    expect(incident.state.files).toEqual(['file-1']);
  });
  it.each([
    ['by who has no part in the step', note(['file-1']), warden, 'not-your-turn'],
    ['at a step that is not open', { ...note(['file-1']), step: 'care' }, psychologist, 'step-not-open'],
    ['none, and no words', note([]), guard, 'note-empty'],
    ['more than twenty at once', note(named(0, 21)), guard, 'files-at-most'],
  ] as const)('are not taken [%s]', (_, action, who, code) =>
    expect(report().refused(who, action as Action)).toBe(code),
  );
  it('are twenty at most in all, and words and ticks go on without them', () => {
    const incident = report();
    incident.does(guard, note(named(0, 19)));
    expect(incident.refused(guard, note(named(19, 2)))).toBe('files-at-most');
    incident.does(guard, note(named(19, 1)));
    expect(incident.refused(guard, note(named(20, 1), '还有一张'))).toBe('files-at-most');
    incident.does(guard, note([], '放不下了，照片在值班电脑'));
    incident.finish(guard, 'scene');
    expect(incident.refused(psychologist, { verb: 'note', step: 'care', text: '', files: ['x'] })).toBe(
      'files-at-most',
    );
    expect(replay(incident.events)).toEqual(incident.state);
  });
  it('count with those of the report', () => {
    const incident = report({ ...FIRE, photo: 'A'.repeat(22) });
    expect(incident.refused(guard, note(named(0, 20)))).toBe('files-at-most');
    expect(incident.refused(guard, note(named(0, 19)))).toBe('done');
  });
});

describe('offices are called', () => {
  const calls = (incident: ReturnType<typeof report>, events: readonly CaseEvent[]) =>
    callsIn(incident.ready.definition, events, incident.state).map(({ kind, step, role }) => [kind, step, role.role]);
  it('as their steps open', () => {
    const incident = report();
    expect(calls(incident, incident.events)).toEqual([['incident', 'scene', 'security-officer']]);
    expect(calls(incident, incident.finish(guard, 'scene'))).toEqual([
      ['incident', 'care', 'psychologist'],
      ['incident', 'building', 'logistics-officer'],
      ['incident', 'students', 'student-affairs-officer'],
    ]);
  });
  it('late by the clock, at night too: one office more, once', () => {
    const incident = report();
    expect(tasksOf(incident.state)[0]?.dueAtMs).toBe(START_MS + 15 * MINUTE_MS);
    incident.later(14 * MINUTE_MS);
    expect(incident.does({ kind: 'calendar' }, { verb: 'tell-breaches' })).toEqual([]);
    incident.later(2 * MINUTE_MS);
    const told = incident.does({ kind: 'calendar' }, { verb: 'tell-breaches' });
    expect(told).toMatchObject([{ kind: 'escalated', step: 'scene', dueAtMs: START_MS + 31 * MINUTE_MS }]);
    expect(calls(incident, told)).toEqual([['incident', 'scene', 'community-lead']]);
    expect(incident.does({ kind: 'calendar' }, { verb: 'tell-breaches' })).toEqual([]);
    incident.finish(lead, 'scene');
    expect(incident.open()).toContain('care');
  });
  it('not to look back: that waits for working hours', () => {
    const incident = report({ ...FIRE, kind: 'network', severity: 'minor' });
    incident.finish(guard, 'scene');
    expect(calls(incident, incident.finish(guard, 'all-clear'))).toEqual([]);
  });
  it('and nobody is told as if it were his own', () => {
    const incident = report({ ...FIRE, kind: 'network', severity: 'minor' });
    incident.finish(guard, 'scene');
    incident.finish(guard, 'all-clear');
    const events = incident.does(lead, agree('review'));
    expect(events.at(-1)).toMatchObject({ kind: 'closed' });
    expect(noticesOf(incident.events, incident.state, undefined)).toEqual([]);
  });
});

type Json = Record<string, unknown> & { steps: { owners: object[]; checklist: object[] }[] };
describe('a definition of an incident is refused', () => {
  const json = () => structuredClone(CATALOGUE_JSON.find(({ id }) => id === 'campus-incident')) as unknown as Json;
  const change = (with_: (definition: Json) => void) => {
    const definition = json();
    with_(definition);
    return zServiceDefinition.safeParse(definition);
  };
  it('not as it lies in the catalogue', () => expect(change(() => undefined).success).toBe(true));
  it.each<[string, (definition: Json) => void, RegExp]>([
    ['students begin', (one) => Object.assign(one['start'] as object, { students: true }), /a student could begin it/],
    ['everybody sees', (one) => Object.assign(one, { visible_to: 'everyone' }), /a student could see it/],
    ['students see', (one) => Object.assign(one['visible_to'] as object, { applicants: true }), /a student could see/],
    ['is withdrawn', (one) => Object.assign(one, { may_withdraw: true }), /whoever reported it could end it/],
    [
      'the register fills in',
      (one) =>
        Object.assign((one['form'] as { properties: object }).properties, {
          name: { type: 'string', title: { zh: '姓名', en: 'Name' }, maxLength: 50, 'x-prefill': 'name' },
        }),
      /the register fills something in/,
    ],
    [
      'a student confirms',
      (one) =>
        one.steps.push({
          ...{ id: 'own', kind: 'student-confirm', title: { zh: '确认', en: 'Confirm' }, due_working_hours: 7 },
          ...{ on_breach: { do: 'remind' } },
        } as never),
      /a step that takes a student/,
    ],
    [
      'owned by way of a student',
      (one) => Object.assign(one.steps[0]?.owners[0] ?? {}, { scope: { of: 'applicant', unit: 'college' } }),
      /an owner by way of a student/,
    ],
    [
      'an owner who may not see it',
      (one) => Object.assign(one.steps[0]?.owners[0] ?? {}, { role: 'guard' }),
      /may not see/,
    ],
    ['counted by topic', (one) => Object.assign(one, { topic_field: 'kind' }), /for or about students/],
    [
      'two items of one id',
      (one) => one.steps[0]?.checklist.push(...one.steps[0].checklist.slice(0, 1)),
      /two items have one id/,
    ],
    ['due later than a day', (one) => Object.assign(one.steps[0] ?? {}, { due_minutes: 1_441 }), /1440/],
    ['about nobody in words alone', (one) => Object.assign(one, { about: 'student' }), /without being an incident/],
  ])('%s', (_, with_, message) => {
    const parsed = change(with_);
    expect(parsed.success ? 'taken' : JSON.stringify(parsed.error.issues)).toMatch(message);
  });
});

it('what was seen at an instant is read as a clock of the school shows it', () => {
  const incident = report();
  const fields = shownFields(incident.ready.definition, incident.state, guard);
  expect(fields.find(({ id }) => id === 'seen_at')?.value).toEqual({ zh: '2026-11-29 01:50', en: '2026-11-29 01:50' });
  expect(fields.find(({ id }) => id === 'kind')?.value).toEqual({ zh: '火情', en: 'Fire' });
});
