import { describe, expect, it } from 'vitest';
import { makeReady } from '../../src/domain/cases/ready-definition.js';
import { runDefinitionTests } from '../../src/domain/cases/run-definition-tests.js';
import { zServiceDefinition } from '../../src/domain/definitions/definition.js';
import { isSafePattern } from '../../src/domain/definitions/safe-pattern.js';
import { stepsBefore, stepsToReset } from '../../src/domain/definitions/walk-steps.js';
import { CATALOGUE_JSON, serviceOf } from '../support/catalogue.js';

type Json = Record<string, never> & { [name: string]: never };
const jsonOf = (id: string): Json => structuredClone(CATALOGUE_JSON.find((one) => one.id === id)) as never;
const refusal = (id: string, change: (json: never) => void): string => {
  const json = jsonOf(id);
  change(json as never);
  const read = zServiceDefinition.safeParse(json);
  return read.success ? 'taken' : read.error.issues.map(({ message }) => message).join('; ');
};

describe('a definition is refused', () => {
  it.each<[string, string, (json: { [name: string]: never }) => void, RegExp]>([
    ['with an unknown member', 'leave', (d: never) => Object.assign(d, { script: 'x' }), /unrecognized/i],
    ['of a module that is none', 'leave', (d: never) => Object.assign(d, { module: 'sports' }), /Invalid/],
    [
      'that asks a name the register holds',
      'leave',
      (d: never) =>
        delete (d as { form: { properties: { name: { 'x-prefill'?: string } } } }).form.properties.name['x-prefill'],
      /register holds/,
    ],
    [
      'with a reference out of the form',
      'leave',
      (d: never) =>
        Object.assign((d as { form: { properties: object } }).form.properties, {
          other: { $ref: 'https://example.org/x' },
        }),
      /./,
    ],
    [
      'with a text without a longest length',
      'leave',
      (d: never) =>
        delete (d as { form: { properties: { reason: { maxLength?: number } } } }).form.properties.reason.maxLength,
      /longest/,
    ],
    [
      'with a pattern that blows up',
      'leave',
      (d: never) =>
        Object.assign((d as { form: { properties: { reason: object } } }).form.properties.reason, {
          pattern: '^(a+)+$',
        }),
      /safe pattern/,
    ],
    [
      'with two steps of one id',
      'leave',
      (d: never) => Object.assign((d as { steps: object[] }).steps[1]!, { id: 'counsellor' }),
      /one id/,
    ],
    [
      'with a rule that is not there',
      'leave',
      (d: never) => Object.assign((d as { steps: object[] }).steps[1]!, { when: 'nothing' }),
      /no such rule/,
    ],
    [
      'with a required field that is not there',
      'leave',
      (d: never) => (d as { form: { required: string[] } }).form.required.push('phantom'),
      /missing/,
    ],
    [
      'with a document that is not there',
      'enrolment-certificate',
      (d: never) => Object.assign(d, { documents: [] }),
      /document/,
    ],
    [
      'with work by a dispatch that is not before it',
      'repair',
      (d: never) => (d as { steps: object[] }).steps.reverse(),
      /before it/,
    ],
    [
      'with a sensitive field in what is published',
      'leave',
      (d: never) => Object.assign(d, { public_fields: ['reason'] }),
      /not for everybody/,
    ],
    [
      'with a name in what is published',
      'repair',
      (d: never) => Object.assign(d, { public_fields: ['name'] }),
      /not for everybody/,
    ],
    [
      'with an owner by a field that is not there',
      'repair',
      (d: never) =>
        Object.assign((d as { steps: { choices: object[] }[] }).steps[0]!.choices[0]!, {
          owner: { role: 'crew', scope: { of: 'field', unit: 'building', field: 'nowhere' } },
        }),
      /no such field/,
    ],
    [
      'that nobody may start',
      'leave',
      (d: never) => Object.assign(d, { start: { students: false, staff_roles: [] } }),
      /nobody/,
    ],
    [
      'that ends before it begins',
      'leave',
      (d: never) => Object.assign(d, { effective_until: '2026-01-01' }),
      /ends before/,
    ],
    ['without tests', 'leave', (d: never) => Object.assign(d, { tests: [] }), /./],
    [
      'with a call-back that a withdrawal skips',
      'complaint',
      (d: never) => Object.assign(d, { may_withdraw: true }),
      /withdrawn or voided/,
    ],
    [
      'with a call-back that voiding skips',
      'complaint',
      (d: never) => Object.assign(d, { void_by: { role: 'registrar', scope: { of: 'university' } } }),
      /withdrawn or voided/,
    ],
    [
      'with a call-back that a refusal skips',
      'complaint',
      (d: never) =>
        Object.assign((d as { steps: { kind: string; chosen_by?: string }[] }).steps[1]!, {
          kind: 'approve',
          chosen_by: undefined,
        }),
      /refused before it/,
    ],
    [
      'with a call-back that a rule skips',
      'complaint',
      (d: never) => Object.assign((d as { steps: object[] }).steps[3]!, { when: 'x' }),
      /no such rule|without a rule/,
    ],
    [
      'with all-sign where one person chooses',
      'repair',
      (d: never) => Object.assign((d as { steps: object[] }).steps[0]!, { signing: 'all' }),
      /one person chooses/,
    ],
  ] as never)('%s', (_, id, change, wanted) => expect(refusal(id, change as never)).toMatch(wanted));

  it.each<[string, (step: Record<string, unknown>, steps: object[]) => unknown, RegExp]>([
    ['whose effect nobody answers for', (step) => delete step['owners'], /owners and a due time/],
    ['whose effect has no due time', (step) => delete step['due_working_hours'], /owners and a due time/],
    ['with owners of nothing', (step) => delete step['effect'], /owners of nothing/],
    ['with an effect that is on no list', (step) => Object.assign(step, { effect: { act: 'expel' } }), /./],
    ['whose effect reads no field', (step) => Object.assign(step['effect']!, { effective_date: 'nothing' }), /no day/],
    [
      'whose effect takes a text for a day',
      (step) => Object.assign(step['effect']!, { effective_date: 'name' }),
      /no day/,
    ],
    [
      'that goes on behind an effect',
      (_, steps) => steps.push({ ...(steps.at(-2) as object), id: 'afterwards' }),
      /nothing but emit steps/,
    ],
    [
      'with an effect in a branch',
      (_, steps) => (steps[0] as { branches: object[][] }).branches[0]!.push(steps.pop()!),
      /stands in line/,
    ],
    [
      'that writes what is not for everybody on a document',
      (step) =>
        Object.assign(step, {
          effect: {
            act: 'issue-document',
            register_facts: ['name'],
            form_fields: ['forwarding_address'],
            valid_days: 1,
          },
        }),
      /not for everybody/,
    ],
    [
      'that asks the library what only the register knows',
      (_, steps) => Object.assign((steps[0] as { branches: object[][] }).branches[0]![0]!, { asks: 'enrolled' }),
      /only the register/,
    ],
  ])('%s', (_, change, why) => {
    const change2 = (json: never) => {
      const { steps } = json as { steps: Record<string, unknown>[] };
      change(steps.at(-1) as Record<string, unknown>, steps);
    };
    expect(refusal('graduation-clearance', change2)).toMatch(why);
  });
  it.each([1, 2, 3])('with one language only [%i]', (at) => {
    const change = (d: never) => {
      const { title } = d as { title: { zh?: string; en?: string } };
      if (at === 1) delete title.zh;
      if (at === 2) delete title.en;
      if (at === 3) title.en = ' ';
    };
    expect(refusal('leave', change)).not.toBe('taken');
  });
});

describe('tests inside a definition', () => {
  it('fail when the threshold is another', () => {
    const leave = structuredClone(jsonOf('leave')) as never as { rules: { 'needs-college': { when: object }[] } };
    leave.rules['needs-college'][0]!.when = { '>': [{ var: 'form.days' }, 5] };
    const failed = runDefinitionTests(makeReady(zServiceDefinition.parse(leave)));
    expect(failed).toEqual([
      { name: '5 days: college as well', wanted: ['counsellor', 'college', 'return'], found: ['counsellor', 'return'] },
    ]);
  });
  it('fail when a form is taken that was to be refused', () => {
    const leave = structuredClone(jsonOf('leave')) as never as { form: { properties: { days: { maximum: number } } } };
    leave.form.properties.days.maximum = 100;
    expect(runDefinitionTests(makeReady(zServiceDefinition.parse(leave))).map(({ name }) => name)).toEqual(['61 days']);
  });
});

describe('a pattern', () => {
  it.each(['^[A-Z]{2}[0-9]{6}$', '^\\d{4}-\\d{2}$', '^[a-z]{1,20}$', '^[0-9]{1,3}\\.[0-9]{2}$'])(
    '%s is safe',
    (pattern) => expect(isSafePattern(pattern)).toBe(true),
  );
  it.each([
    '[A-Z]{2}',
    '^a+$',
    '^.*$',
    '^(ab){2}$',
    '^a|b$',
    '^[a-z]{1,9}[a-z]{1,9}[a-z]{1,9}$',
    '^a{100}$',
    '^$',
    '^(?=a)b$',
    '^\\w{3}$',
    `^${'a'.repeat(13)}$`,
  ])('%s is not', (pattern) => expect(isSafePattern(pattern)).toBe(false));
});

describe('ways through the steps', () => {
  const { steps } = serviceOf('graduation-clearance');
  it('know what is before a step', () => {
    expect(stepsBefore(steps, 'release')).toEqual([]);
    expect(stepsBefore(serviceOf('status-change').steps, 'registry').map(({ id }) => id)).toEqual([
      'two-of-registry',
      'new-college',
      'college',
      'counsellor',
    ]);
  });
  it('reset what lies between, and nothing before', () =>
    expect(stepsToReset(serviceOf('complaint').steps, 'call-back', 'result')).toEqual(['result', 'call-back']));
});
