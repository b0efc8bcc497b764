import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { daysBetween, modelOf, toHandIn, toHandInAgain } from '@lanyard/look/forms/form-model.js';
import { describe, expect, it } from 'vitest';
import { campusModules, facets } from '../../src/api/index.js';
import { compileForm } from '../../src/domain/definitions/check-form.js';
import { allSteps } from '../../src/domain/definitions/walk-steps.js';
import type { FormObject, HistoryLine, ServerDraft } from '../../web/src/answers.js';
import { asksActivity, withActivities } from '../../web/src/domain/activities.js';
import { commentAt, toldHistory } from '../../web/src/domain/case-words.js';
import { checkForm, checkOne, faultsOf } from '../../web/src/domain/check-field.js';
import { askedThoughKnown } from '../../web/src/domain/field-audit.js';
import { type LocalDraft, mergeDraft } from '../../web/src/domain/merge-draft.js';
import { momentText, workingTime } from '../../web/src/domain/moments.js';
import { initialsOf, searchServices } from '../../web/src/domain/search.js';
import { en } from '../../web/src/texts/en.js';
import { FAULTS } from '../../web/src/texts/faults.js';
import { ROLES } from '../../web/src/texts/roles.js';
import { SIGN_IN_TEXTS } from '../../web/src/texts/texts.js';
import { FACET_TEXTS, MODULE_TEXTS } from '../../web/src/texts/values.js';
import { workEn } from '../../web/src/texts/work-en.js';
import { workZh } from '../../web/src/texts/work-zh.js';
import { zh } from '../../web/src/texts/zh.js';
import { CATALOGUE, serviceOf } from '../support/catalogue.js';

const FACTS = {
  name: '阿依古丽·买买提',
  student_number: '202402000117',
  campus: '主校区',
  college: '软件学院',
  major: '软件工程',
  class: '软件2301',
  level: 'bachelor',
  building: '6 栋',
  enrolment_status: 'enrolled',
  counsellor: 't001',
};
const title = { zh: '项', en: 'Field' };
const formOf = (properties: FormObject['properties'], required: string[] = []): FormObject => ({
  properties,
  required,
});
const webFormOf = (id: string) => serviceOf(id).form as unknown as FormObject;
const LEAVE = { kind: 'personal', from: '2026-12-01', to: '2026-12-05', reason: '回家看望外婆' };

describe('the form as it is asked', () => {
  it.each(CATALOGUE.map((one) => [one.id, one] as const))('asks nothing the university holds [%s]', (_id, service) => {
    expect(askedThoughKnown(service.form as unknown as FormObject, FACTS)).toEqual([]);
  });
  it('asks what the register fills where it holds nothing', () => {
    const models = modelOf(webFormOf('leave'), { name: '张三', student_number: '1' });
    expect(models.filter(({ kind }) => kind === 'known').map(({ name }) => name)).toEqual(['name', 'student_number']);
    expect(models.find(({ name }) => name === 'class')?.kind).toBe('line');
  });
  it('counts the days of a leave and asks nobody', () => {
    const models = modelOf(webFormOf('leave'));
    expect(models.find(({ name }) => name === 'days')?.kind).toBe('counted');
    expect(toHandIn(models, { ...LEAVE, days: 99 })).toMatchObject({ days: 5 });
    expect([daysBetween('2026-12-05', '2026-12-01'), daysBetween('2026-12-01', '')]).toEqual([undefined, undefined]);
  });
  it('hands in nothing that is empty or known, numbers as numbers, texts without spaces around them', () => {
    const form = formOf({
      name: { type: 'string', title, maxLength: 20, 'x-prefill': 'name' },
      note: { type: 'string', title, maxLength: 20 },
      count: { type: 'integer', title },
      more: { type: 'array', title, maxItems: 3, items: { type: 'string', title, maxLength: 9 } },
    });
    const models = modelOf(form, { name: '张三' });
    const values = { name: '张三', note: '  是 ', count: '12', more: ['a', ' ', ''] };
    expect(toHandIn(models, values)).toEqual({ note: '是', count: 12, more: ['a'] });
    expect(toHandIn(models, { note: ' ', count: '', more: [] })).toEqual({});
  });
  it('empties after a return what the student emptied', () => {
    const models = modelOf(
      formOf({ a: { type: 'string', title, maxLength: 9 }, b: { type: 'string', title, maxLength: 9 } }),
    );
    expect(toHandInAgain(models, { a: 'x', b: '' }, { a: 'y', b: 'z' })).toEqual({ a: 'x', b: null });
  });
  it.each(CATALOGUE.map((one) => [one.id, one] as const))(
    'agrees with the server about what every sample of the definition would hand in [%s]',
    (_id, service) => {
      const known = knownOf(service.form.properties as FormObject['properties']);
      const models = modelOf(service.form as unknown as FormObject, known);
      const check = compileForm(service.form);
      for (const { form, expect: expected, name } of service.tests) {
        const browser = checkForm(models, form).length === 0;
        const server = check({ ...known, ...toHandIn(models, form) }).length === 0;
        expect([name, browser]).toEqual([name, server]);
        if (expected === 'path') expect([name, browser]).toEqual([name, true]);
      }
    },
  );
});
const knownOf = (properties: FormObject['properties']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).flatMap(([name, field]) => {
      const fact = field['x-prefill'];
      if (typeof fact === 'object') return [[name, fact.as === 'hours' ? '2.5' : '2026-10-01 迎新引导 2.5 h']];
      return fact === undefined ? [] : [[name, FACTS[fact as keyof typeof FACTS]]];
    }),
  );

describe('an activity', () => {
  const words = (id: string) => ({ zh: `活动 ${id}`, en: `Activity ${id}` });
  const activity = (id: string) => ({
    ...{ id, title: words(id), place: words(id), starts_at: '2026-12-05T01:00:00Z' },
    ...{ capacity: 10, taken: 3, waiting: 0 },
  });
  it('is chosen among those there are, never typed by its id', () => {
    const form = withActivities(webFormOf('volunteering'), [activity('a'), activity('b')], ({ title: name }) => name);
    expect(asksActivity(form)).toBe(true);
    const models = modelOf(form, FACTS);
    expect(models.find(({ name }) => name === 'activity')?.kind).toBe('choice');
    expect(checkForm(models, { activity: 'c' }).map(({ code }) => code)).toEqual(['choose']);
    expect(checkForm(models, { activity: 'b' })).toEqual([]);
  });
  it('is left as it is where there is none, and where none is asked for', () => {
    expect(withActivities(webFormOf('volunteering'), [], ({ title: name }) => name)).toBe(webFormOf('volunteering'));
    expect(asksActivity(webFormOf('leave'))).toBe(false);
  });
});

describe('what is wrong with a field', () => {
  const models = modelOf(
    formOf(
      {
        text: { type: 'string', title, maxLength: 5, minLength: 2, pattern: '^[a-z]*$' },
        kind: { type: 'string', title, enum: ['a', 'b'] },
        count: { type: 'integer', title, minimum: 1, maximum: 3 },
        day: { type: 'string', title, format: 'date' },
        ok: { type: 'boolean', title },
        rows: {
          type: 'array',
          title,
          minItems: 1,
          maxItems: 2,
          uniqueItems: true,
          items: { type: 'string', title, maxLength: 3 },
        },
      },
      ['text', 'kind', 'ok'],
    ),
  );
  const good = { text: 'abc', kind: 'a', ok: false };
  it('is nothing where all is as it should be', () => {
    expect(checkForm(models, { ...good, count: '2', day: '2026-12-01', rows: ['a'] })).toEqual([]);
  });
  it.each([
    [{ text: '' }, 'text', 'fill-in'],
    [{ text: 'abcdef' }, 'text', 'too-long'],
    [{ text: 'a' }, 'text', 'too-short'],
    [{ text: 'A1' }, 'text', 'form-of'],
    [{ kind: undefined }, 'kind', 'choose'],
    [{ kind: 'c' }, 'kind', 'choose'],
    [{ ok: '' }, 'ok', 'choose'],
    [{ count: 'x' }, 'count', 'not-a-number'],
    [{ count: '1.5' }, 'count', 'not-whole'],
    [{ count: '0' }, 'count', 'too-small'],
    [{ count: '4' }, 'count', 'too-big'],
    [{ day: '1 Dec' }, 'day', 'not-a-date'],
    [{ rows: ['a', 'b', 'c'] }, 'rows', 'too-many'],
    [{ rows: ['a', 'a'] }, 'rows', 'twice'],
    [{ rows: ['a', 'abcd'] }, 'rows/1', 'too-long'],
  ])('is told where and how [%o]', (change, at, code) => {
    const found = checkForm(models, { ...good, ...change });
    expect(found.map((fault) => [fault.at, fault.code])).toEqual([[at, code]]);
    expect(checkOne(models, { ...good, ...change }, at.split('/')[0] ?? '')).toEqual(found);
  });
  it('names the day that would pass where a leave ends before it begins', () => {
    const leave = modelOf(webFormOf('leave'), FACTS);
    expect(checkOne(leave, { ...LEAVE, to: '2026-11-30' }, 'to')).toEqual([
      { at: 'to', code: 'ends-before', values: { from: '2026-12-01' } },
    ]);
  });
  it('is read from the answer of the server [required] [of a field] [not of this form]', () => {
    const errors = [
      { at: '', message: "required: must have required property 'reason'" },
      { at: '/days', message: 'maximum: must be <= 60' },
      { at: '', message: 'additionalProperties: must not' },
    ];
    expect(faultsOf(errors).map(({ at, code }) => [at, code])).toEqual([
      ['reason', 'fill-in'],
      ['days', 'not-accepted'],
    ]);
    expect([faultsOf(undefined), faultsOf('x')]).toEqual([[], []]);
  });
});

describe('a draft on two devices', () => {
  const local = (more: Partial<LocalDraft> = {}): LocalDraft => ({
    ...{ form: { a: '1' }, at: '2026-11-29T10:00:00Z', base: 1, isAhead: true },
    ...more,
  });
  const server = (more: Partial<ServerDraft> = {}): ServerDraft => ({
    ...{ form: { a: '2' }, version: 1, updated_at: '2026-11-29T09:00:00Z' },
    ...more,
  });
  it.each([
    ['nothing anywhere', undefined, undefined, 'nothing'],
    ['only on the server', undefined, server(), 'server'],
    ['read here, gone on there', local({ isAhead: false }), server({ version: 2 }), 'server'],
    ['read here, handed in there', local({ isAhead: false }), undefined, 'nothing'],
    ['begun here without a network', local({ base: null }), undefined, 'local'],
    ['gone on here only', local(), server(), 'local'],
    ['the same on both', local({ form: { a: '2' } }), server({ version: 5 }), 'server'],
    ['gone on in both', local(), server({ version: 2 }), 'ask'],
    ['begun in both', local({ base: null }), server(), 'ask'],
    ['gone on here, handed in there', local(), undefined, 'ask-gone'],
  ])('%s', (_name, here, there, take) => {
    expect(mergeDraft(here, there).take).toBe(take);
  });
  it('goes up as the successor of the version it grew from', () => {
    expect(mergeDraft(local(), server())).toEqual({ take: 'local', version: 1 });
    expect(mergeDraft(local({ base: null }), undefined)).toEqual({ take: 'local', version: null });
  });
  it('does not take order or emptiness for a difference', () => {
    const here = local({ form: { b: ['x'], a: '2', c: '' } });
    expect(mergeDraft(here, server({ version: 9, form: { a: '2', b: ['x'] } })).take).toBe('server');
  });
});

describe('searching services', () => {
  const lines = CATALOGUE.map(({ id, title: name, summary }) => ({ id, title: name, summary }));
  it.each([
    ['请假', 'leave'],
    ['请销假', 'leave'],
    ['qxj', 'leave'],
    ['zdzm', 'enrolment-certificate'],
    ['REPAIR', 'repair'],
    ['奖学金', 'scholarship'],
  ])('finds by either language and by initials [%s]', (question, id) => {
    expect(searchServices(lines, question).map((line) => line.id)).toContain(id);
  });
  it('finds nothing for what nothing is called, and all for nothing', () => {
    expect(searchServices(lines, 'zzzz')).toEqual([]);
    expect(searchServices(lines, ' ')).toHaveLength(lines.length);
    expect(initialsOf('在读证明 A1')).toBe('zdzm a1');
  });
});

describe('times', () => {
  const now = Date.parse('2026-11-29T02:00:00Z');
  it.each([
    ['2026-11-29T09:00:00Z', '今天 17:00', 'today 17:00'],
    ['2026-11-29T16:30:00Z', '明天 00:30', 'tomorrow 00:30'],
    ['2026-11-28T15:59:00Z', '昨天 23:59', 'yesterday 23:59'],
    ['2026-12-05T01:00:00Z', '12 月 5 日 09:00', '5 Dec, 09:00'],
    ['2027-01-05T01:00:00Z', '2027 年 1 月 5 日 09:00', '5 Jan 2027, 09:00'],
  ])('are those of the university, wherever the reader is [%s]', (iso, inZh, inEn) => {
    expect([momentText(iso, now, 'zh'), momentText(iso, now, 'en')]).toEqual([inZh, inEn]);
  });
  it('are counted in working days from seven hours on', () => {
    expect([workingTime(2), workingTime(7), workingTime(35)]).toEqual([
      { unit: 'hours', count: 2 },
      { unit: 'days', count: 1 },
      { unit: 'days', count: 5 },
    ]);
  });
});

describe('the history as a student reads it', () => {
  const line = (kind: string, step: string | null = 'counsellor', text = ''): HistoryLine => ({
    ...{ at: '2026-11-29T02:00:00Z', kind, step, by: 'staff', for: null, text },
  });
  it('leaves out how the engine counts, the newest first', () => {
    const all = [line('submitted', null), line('step-opened'), line('signed'), line('step-done'), line('urged', null)];
    expect(toldHistory(all).map(({ kind }) => kind)).toEqual(['urged', 'signed', 'submitted']);
  });
  it('has the last word of whoever signed', () => {
    expect(commentAt([line('signed', 'a', 'x'), line('signed', 'b', 'y'), line('signed', 'a', 'z')], 'a')).toBe('z');
    expect(commentAt([line('returned', 'a', 'x')], 'a')).toBe('');
  });
});

describe('texts of the students’ pages', () => {
  const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  const allZh: Record<string, string> = { ...zh, ...workZh };
  const allEn: Record<string, string> = { ...en, ...workEn };
  const inBoth = [
    ...Object.values(FAULTS),
    ...Object.values(ROLES),
    ...Object.values(SIGN_IN_TEXTS),
    ...Object.values(FACET_TEXTS),
    ...Object.values(MODULE_TEXTS).flatMap(({ title: name, about }) => [name, about]),
  ];
  it('exist in both languages for every key, and take the same values', () => {
    expect(Object.keys(allEn).sort()).toEqual(Object.keys(allZh).sort());
    for (const key of Object.keys(allZh)) {
      expect(allZh[key]?.trim(), key).not.toBe('');
      expect(placeholders(allEn[key] ?? ''), key).toEqual(placeholders(allZh[key] ?? ''));
    }
    for (const { zh: one } of Object.values(FAULTS)) expect(one).toMatch(/。$/);
  });
  it('hold no Chinese in English, no exclamation marks and no 您', () => {
    const english = [...Object.values(allEn), ...inBoth.map((text) => text.en)];
    const chinese = [...Object.values(allZh), ...inBoth.map((text) => text.zh)];
    for (const text of english) expect(text).not.toMatch(/\p{Script=Han}|!/u);
    for (const text of chinese) expect(text).not.toMatch(/[!！]|您|亲/u);
  });
  it('name every module, facet and role there is', () => {
    expect(Object.keys(MODULE_TEXTS)).toEqual([...campusModules]);
    expect(Object.keys(FACET_TEXTS)).toEqual([...facets]);
    const roles = CATALOGUE.flatMap(({ steps }) => allSteps(steps)).flatMap((step) =>
      'owners' in step ? (step.owners ?? []).map(({ role }) => role) : [],
    );
    expect([...new Set(roles)].filter((role) => ROLES[role] === undefined)).toEqual([]);
  });
  it('are all used', () => {
    const source = sourcesBelow(new URL('../../web/src', import.meta.url).pathname).join('\n');
    const isBuilt = /^(?:(?:theme|stars|closed|was|weekday|pace|push|channel)-|confirm-(?:submit|resubmit|withdraw)$)/;
    expect(Object.keys(allZh).filter((key) => !isBuilt.test(key) && !source.includes(`'${key}'`))).toEqual([]);
  });
});
const sourcesBelow = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sourcesBelow(path);
    return /texts\/(work-)?(zh|en)\.ts$/.test(path) ? [] : [readFileSync(path, 'utf8')];
  });
