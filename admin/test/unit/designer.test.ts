import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeReady } from '../../../campus/src/domain/cases/ready-definition.js';
import { runDefinitionTests } from '../../../campus/src/domain/cases/run-definition-tests.js';
import { zServiceDefinition } from '../../../campus/src/domain/definitions/definition.js';
import { type Draft, readDraft, withValue } from '../../web/src/domain/definition-draft.js';
import {
  fieldLines,
  withField,
  withoutField,
  withRequired,
  withRule,
  withTestPath,
} from '../../web/src/domain/definition-form.js';
import {
  aboutOf,
  NEW_STEP_KINDS,
  ownerOf,
  ownersAmong,
  type Path,
  servedBy,
  stepLines,
  takesKind,
  withItem,
  withoutStep,
  withStepAfter,
  withStepMoved,
  withStepValue,
} from '../../web/src/domain/definition-steps.js';
import { newDefinition } from '../../web/src/domain/new-definition.js';

const inCatalogue = (name: string): Draft =>
  readDraft(readFileSync(new URL(`../../../campus/catalogue/${name}.json`, import.meta.url), 'utf8'));
const ids = (draft: Draft) => stepLines(draft).map(({ step }) => step.id);
const pathOf = (draft: Draft, id: string): Path => stepLines(draft).find(({ step }) => step.id === id)?.path ?? [];
/** What campus itself says of it. */
const faultsOf = (draft: Draft): string[] => {
  const parsed = zServiceDefinition.safeParse(draft);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};
const failuresOf = (draft: Draft) => runDefinitionTests(makeReady(zServiceDefinition.parse(draft)));
const leave = inCatalogue('leave');
const clearance = inCatalogue('graduation-clearance');
const incident = inCatalogue('campus-incident');

describe('steps of a service', () => {
  it('are listed in their order, branches below their parallel step', () => {
    expect(ids(leave)).toEqual(['counsellor', 'college', 'student-office', 'return']);
    const lines = stepLines(clearance);
    expect(Math.max(...lines.map(({ depth }) => depth))).toBe(1);
    expect(new Set(lines.map(({ branch }) => branch)).size).toBeGreaterThan(4);
  });
  it('of an incident get items with ids of their own, and campus takes them [added] [beside one of that id]', () => {
    const path = pathOf(incident, 'care');
    const before = stepLines(incident).find(({ step }) => step.id === 'care')?.step.checklist ?? [];
    const items = withItem('care', withItem('care', before));
    expect(items.slice(before.length).map(({ id }) => id)).toEqual(['care-1', 'care-2']);
    expect(withItem('care', items.slice(0, -1)).at(-1)?.id).toBe('care-2');
    const changed = withStepValue(incident, path, 'checklist', items);
    expect(faultsOf(changed)).toEqual([]);
    expect(failuresOf(changed)).toEqual([]);
    expect(faultsOf(withStepValue(incident, path, 'checklist', [...before, ...before]))).toEqual([
      expect.stringContaining('two items have one id'),
    ]);
  });
  it('change places within their own line and no further [up] [down] [at the end]', () => {
    const up = withStepMoved(leave, pathOf(leave, 'college'), -1);
    expect(ids(up)).toEqual(['college', 'counsellor', 'student-office', 'return']);
    expect(ids(withStepMoved(up, pathOf(up, 'college'), 1))).toEqual(ids(leave));
    expect(withStepMoved(leave, pathOf(leave, 'counsellor'), -1)).toBe(leave);
    expect(withStepMoved(leave, ['steps', 9], 1)).toBe(leave);
  });
  it.each([
    ['about students', leave, 'college', NEW_STEP_KINDS.filter((kind) => kind !== 'respond')],
    ['about incidents', incident, 'all-clear', ['respond', 'work', 'approve'] as const],
  ])('take one more that campus accepts, under an id of its own [%s]', (_, draft, behind, kinds) => {
    const before = ids(draft);
    const at = before.indexOf(behind) + 1;
    for (const kind of kinds) {
      const once = withStepAfter(draft, pathOf(draft, behind), kind);
      const twice = withStepAfter(once, pathOf(once, `${kind}-1`), kind);
      expect(ids(twice)).toEqual([...before.slice(0, at), `${kind}-1`, `${kind}-2`, ...before.slice(at)]);
      expect(faultsOf(twice)).toEqual([]);
    }
    expect(NEW_STEP_KINDS.filter((kind) => takesKind(aboutOf(draft), kind)).sort()).toEqual([...kinds].sort());
  });
  it.each([
    ['called by the clock, of students', leave, 'college', 'respond', /without being an incident/],
    ['at a window, of an incident', incident, 'scene', 'window', /a step that takes a student/],
    ['confirmed by a student, of an incident', incident, 'review', 'student-confirm', /a step that takes a student/],
  ] as const)('take none of a kind that campus refuses [%s]', (_, draft, behind, kind, words) => {
    expect(withStepAfter(draft, pathOf(draft, behind), kind)).toBe(draft);
    // By hand into the file it is refused all the same.
    const other = kind === 'respond' ? incident : leave;
    const step = stepLines(withStepAfter(other, undefined, kind))[0]?.step;
    expect(faultsOf(withValue(draft, ['steps', 0], step)).join()).toMatch(words);
  });
  it('of an incident come to who sees it alone, with a list and minutes, and its tests take them as right', () => {
    const added = withStepAfter(incident, pathOf(incident, 'students'), 'respond');
    const path = pathOf(added, 'respond-1');
    expect(stepLines(added).find(({ step }) => step.id === 'respond-1')).toMatchObject({
      step: { due_minutes: 60, checklist: [], owners: [{ role: 'security-officer', scope: { of: 'university' } }] },
      ...{ depth: 1, branch: 3 },
    });
    const changes = {
      title: { zh: '告知家长', en: 'Tell families' },
      due_minutes: 45,
      owners: [ownerOf('counsellor', 'university')],
      checklist: withItem('respond-1', []),
    };
    const names = ['title', 'due_minutes', 'owners', 'checklist'] as const;
    let draft = names.reduce((one, name) => withStepValue(one, path, name, changes[name]), added);
    expect(faultsOf(draft)).toEqual([]);
    const failed = failuresOf(draft);
    expect(failed.length).toBeGreaterThan(0);
    for (const { name, found } of failed) draft = withTestPath(draft, name, found);
    expect(failuresOf(draft)).toEqual([]);
    expect(faultsOf(withStepValue(draft, path, 'owners', [ownerOf('registrar', 'university')])).join()).toMatch(
      /an owner who may not see it/,
    );
    expect(faultsOf(withStepValue(draft, path, 'due_minutes', 0)).join()).toMatch(/due_minutes/);
    expect(ownersAmong(draft)).toContain('counsellor');
    expect(ownersAmong(leave)).toBeUndefined();
  });
  it('go one by one; of two branches the last one left becomes the line itself', () => {
    expect(ids(withoutStep(leave, pathOf(leave, 'college')))).toEqual(['counsellor', 'student-office', 'return']);
    let draft = clearance;
    const parallel = stepLines(draft).find(({ step }) => step.kind === 'parallel')?.step.id as string;
    const inBranches = () => stepLines(draft).filter(({ depth }) => depth > 0);
    while (inBranches().length > 1) draft = withoutStep(draft, inBranches()[0]?.path as Path);
    expect(ids(draft)).not.toContain(parallel);
    expect(inBranches()).toEqual([]);
  });
  it('come to the owners that were chosen, and are known again as such', () => {
    const owners = [ownerOf('department-officer', 'college'), ownerOf('registrar', 'university')];
    const draft = withStepValue(leave, pathOf(leave, 'college'), 'owners', owners);
    expect(faultsOf(draft)).toEqual([]);
    expect(owners.map(servedBy)).toEqual(['college', 'university']);
    expect(
      servedBy({ role: 'venue-officer', scope: { of: 'field', unit: 'building', field: 'venue' } }),
    ).toBeUndefined();
  });
  it('are taken always once the rule is taken away', () => {
    const draft = withStepValue(leave, pathOf(leave, 'college'), 'when', undefined);
    expect(stepLines(draft)[1]?.step).not.toHaveProperty('when');
    expect(stepLines(leave)[1]?.step).toHaveProperty('when');
  });
});

describe('the form of a service', () => {
  const question = { kind: 'choice', zh: '原因', en: '', choices: '家事 | Family\n其他', isRequired: true } as const;
  it('tells what is asked and what the register fills', () => {
    const fields = fieldLines(leave);
    expect(fields.find(({ name }) => name === 'name')).toMatchObject({ isKnown: true });
    expect(fields.find(({ name }) => name === 'days')).toMatchObject({ kind: 'number', isRequired: true });
    expect(fields.find(({ name }) => name === 'proof')).toMatchObject({ kind: 'attachment', isKnown: false });
  });
  it.each(['choice', 'yes-no', 'scale', 'number', 'date', 'text', 'attachment'] as const)(
    'takes a field that has to be filled in, and its tests still hold [%s]',
    (kind) => {
      const draft = withField(leave, 'cause', { ...question, kind });
      expect(failuresOf(draft)).toEqual([]);
      expect(fieldLines(draft).at(-1)).toMatchObject({ name: 'cause', isRequired: true });
    },
  );
  it('keeps a field whose name is taken, and loses one with its samples', () => {
    expect(withField(leave, 'days', question)).toBe(leave);
    const draft = withoutField(withField(leave, 'cause', question), 'cause');
    expect(draft).toEqual(leave);
  });
  it('asks or leaves open as it is ticked', () => {
    const draft = withRequired(leave, 'destination', true);
    expect(fieldLines(draft).find(({ name }) => name === 'destination')).toMatchObject({ isRequired: true });
    expect(withRequired(draft, 'destination', false)).toEqual(leave);
  });
  it.each([
    ['> 20', 20],
    ['== illness', 'illness'],
    ['== true', true],
  ])('takes a rule over a field that campus accepts [%s]', (text, value) => {
    const [comparison = '', written = ''] = text.split(' ');
    const draft = withRule(leave, { name: 'is-long', field: 'days', comparison, value: written });
    expect(faultsOf(draft)).toEqual([]);
    expect(JSON.stringify(draft['rules'])).toContain(JSON.stringify({ [comparison]: [{ var: 'form.days' }, value] }));
    expect(withRule(draft, { name: 'is-long', field: 'days', comparison: '<', value: '1' })).toBe(draft);
  });
});

describe('a new service', () => {
  const draft = newDefinition({ id: 'locker', zh: '储物柜', en: '', module: 'general-services' }, '2026-11-30');
  it('is accepted by campus as it begins, and passes its own test', () => {
    expect(faultsOf(draft)).toEqual([]);
    expect(failuresOf(draft)).toEqual([]);
  });
  it('has a test follow a step more, when that is said to be right', () => {
    const longer = withStepAfter(draft, pathOf(draft, 'approve-1'), 'student-confirm');
    const [failed] = failuresOf(longer);
    expect(failed?.found).toEqual(['approve-1', 'student-confirm-1']);
    expect(failuresOf(withTestPath(longer, 'approved', failed?.found ?? []))).toEqual([]);
  });
  it('is refused without an id, or in a module there is not', () => {
    expect(faultsOf(withValue(draft, ['id'], 'Locker'))).not.toEqual([]);
    expect(faultsOf(withValue(draft, ['module'], 'sports'))).not.toEqual([]);
  });
});
