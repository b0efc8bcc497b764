import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { act } from '../../src/domain/cases/act.js';
import type { Action, Actor, PersonActor } from '../../src/domain/cases/action.js';
import { replay } from '../../src/domain/cases/apply-event.js';
import type { CaseEvent } from '../../src/domain/cases/case-event.js';
import { type CaseState, openSteps, subjectOf } from '../../src/domain/cases/case-state.js';
import { namedDanger } from '../../src/domain/cases/duty.js';
import { sampleAttended } from '../../src/domain/cases/path-taken.js';
import { makeReady } from '../../src/domain/cases/ready-definition.js';
import { tasksOf } from '../../src/domain/cases/tasks-of.js';
import { DUTY_STEP, namesDanger } from '../../src/domain/definitions/danger.js';
import { allSteps, isEffect } from '../../src/domain/definitions/walk-steps.js';
import { NO_FACTS, type PersonId, reaches } from '../../src/domain/people/person.js';
import { consentOf } from '../../src/domain/windows/consent.js';
import { CATALOGUE, serviceOf } from '../support/catalogue.js';
import { ALMIGHTY_APPLICANT, applicantOf, holder, person, ROLES, STAFF } from '../support/population.js';

const READY = CATALOGUE.map(makeReady);
const APPLICANT = applicantOf('1');
const START_MS = Date.parse('2026-11-30T01:00:00Z');
const HOUR_MS = 3_600_000;
/** The same walks in every run of the tests; LANYARD_WALKS takes as many others as are wanted. */
const walks = process.env['LANYARD_WALKS'];
const WALKS = walks === undefined ? { numRuns: 40, seed: 20261129 } : { numRuns: Number(walks) };

/** Reports incidents, and has every role as well. */
const REPORTER = person('staff:reporter', ALMIGHTY_APPLICANT.roles);
/** People who act for others: the applicant for everybody, and one of each role for the other. */
const DEPUTIES: PersonActor[] = [
  person(
    'student:1',
    [],
    STAFF.map(({ person: id, roles }) => ({ person: id, roles })),
  ),
  ...STAFF.map((one, at) => ({
    ...one,
    standsInFor: [STAFF[at % 2 === 0 ? at + 1 : at - 1]!].map(({ person: id, roles }) => ({ person: id, roles })),
  })),
  // Without a role of their own.
  ...STAFF.map(({ person: id, roles }) => person(`${id}-deputy`, [], [{ person: id, roles }])),
  // Delegated to by the applicant, who holds every role.
  person('staff:friend', [], [{ person: 'student:1' as PersonId, roles: ALMIGHTY_APPLICANT.roles }]),
];
/** Does for the applicant what the applicant agreed to. */
const AT_WINDOW: PersonActor = {
  ...person('staff:window'),
  atWindow: consentOf({ of: 'student:1' as PersonId, window: 'hall-1', confirmed: 'phone' }),
};
const PEOPLE: PersonActor[] = [
  ALMIGHTY_APPLICANT,
  REPORTER,
  AT_WINDOW,
  ...STAFF,
  ...DEPUTIES,
  person('staff:stranger'),
];

interface Throw {
  readonly who: number;
  readonly verb: number;
  readonly step: number;
  readonly target: number;
  readonly hours: number;
}
const throws = fc.array(
  fc.record({
    who: fc.nat(PEOPLE.length * 3),
    verb: fc.nat(16),
    step: fc.nat(40),
    target: fc.nat(200),
    hours: fc.integer({ min: 0, max: 60 }),
  }),
  { minLength: 10, maxLength: 60 },
);

/** Half of the throws are by somebody whose turn it is: random people would hardly get anywhere. */
function actorOf(state: CaseState, { who, step }: Throw): PersonActor {
  if (who < PEOPLE.length) return PEOPLE[who]!;
  const tasks = tasksOf(state);
  const task = tasks[step % Math.max(1, tasks.length)];
  const fitting = PEOPLE.filter((one) => task !== undefined && canTake(one, task.owner));
  return fitting[who % Math.max(1, fitting.length)] ?? PEOPLE[who % PEOPLE.length]!;
}
const canTake = (one: PersonActor, owner: ReturnType<typeof tasksOf>[number]['owner']): boolean =>
  owner.kind === 'person'
    ? owner.person === one.person
    : [one, ...one.standsInFor].some(({ roles }) => roles.some((role) => reaches(role, owner)));

function actionOf(
  state: CaseState,
  ids: readonly string[],
  sample: readonly Record<string, unknown>[],
  dice: Throw,
): { action: Action; machine?: Actor } {
  const open = openSteps(state).map(([id]) => id);
  const step = open[dice.step % Math.max(1, open.length)] ?? ids[dice.step % ids.length]!;
  const someone = PEOPLE[dice.target % PEOPLE.length]!.person;
  const cosigner = openSteps(state)
    .flatMap(([, { slots }]) => slots)
    .find(({ isCosigner, signature }) => isCosigner && signature === null)?.owner;
  if (state.status === 'returned' && dice.verb < 10)
    return { action: { verb: 'resubmit', form: dice.target % 2 === 0 ? {} : sample[dice.target % sample.length]! } };
  switch (dice.verb) {
    case 0:
    case 1:
    case 2: {
      const definition = CATALOGUE.find(({ id }) => id === state.definition.id);
      const found = allSteps(definition?.steps ?? []).find(({ id }) => id === step);
      const choice = found?.kind === 'dispatch' ? found.choices[dice.target % found.choices.length]?.id : undefined;
      return { action: { verb: 'agree', step, comment: 'yes', choice } };
    }
    case 3:
      return {
        action:
          dice.target % 5 === 0 ? { verb: 'refuse', step, reason: 'no' } : { verb: 'agree', step, comment: 'yes' },
      };
    case 4:
      return {
        action: {
          verb: 'return',
          step,
          reason: 'again',
          to:
            dice.target % 3 === 0
              ? 'applicant'
              : dice.target % 3 === 1
                ? 'previous'
                : { step: ids[dice.target % ids.length]! },
        },
      };
    case 5:
      return { action: { verb: 'transfer', step, to: someone, reason: 'yours' } };
    case 6:
      return { action: { verb: 'add-cosigner', step, person: someone } };
    case 7:
      return {
        action: { verb: 'drop-cosigner', step, person: cosigner?.kind === 'person' ? cosigner.person : someone },
      };
    case 8:
      return { action: { verb: 'resubmit', form: dice.target % 2 === 0 ? {} : sample[dice.target % sample.length]! } };
    case 9:
      return { action: dice.target % 10 === 0 ? { verb: 'withdraw', reason: '' } : { verb: 'urge' } };
    case 10:
      return { action: dice.target % 10 === 0 ? { verb: 'void', reason: 'wrong' } : { verb: 'urge' } };
    case 11:
      return { action: { verb: 'tell-breaches' }, machine: { kind: 'calendar' } };
    case 12:
      return {
        action: { verb: 'answer-check', step, answer: dice.target % 2 === 0 ? 'passed' : 'not-passed' },
        machine: { kind: 'source', name: ['library', 'finance', 'dormitory', 'loan', 'card'][dice.target % 5]! },
      };
    case 14:
    case 15: {
      const found = allSteps(CATALOGUE.find(({ id }) => id === state.definition.id)?.steps ?? []).find(
        ({ id }) => id === step,
      );
      const items = found?.kind === 'respond' ? found.checklist : [];
      const item = dice.target % 3 === 0 ? undefined : items[dice.target % Math.max(1, items.length)]?.id;
      const files = dice.target % 5 === 0 ? [`file-${dice.target}`] : undefined;
      return { action: { verb: 'note', step, text: dice.target % 7 === 0 ? '' : 'seen', item, files } };
    }
    case 13:
      return { action: settled(step, dice.target % 2 === 0), machine: { kind: 'effects' } };
    default:
      return { action: { verb: 'submit', applicant: APPLICANT, form: {} } };
  }
}

const settled = (step: string, isDone: boolean): Action => ({
  ...{ verb: 'settle-effect', step },
  outcome: isDone ? { is: 'done' } : { is: 'refused', problem: { code: 'not-allowed', zh: '不可', en: 'no' } },
});

function checkEvent(state: CaseState, event: CaseEvent): void {
  // What a clerk does for the applicant at a window says so.
  if ((event.kind === 'resubmitted' || event.kind === 'closed') && event.by === AT_WINDOW.person)
    expect(event.onBehalf).toMatchObject({ of: APPLICANT.person, confirmed: 'phone' });
  if (event.kind !== 'signed' && event.kind !== 'refused' && event.kind !== 'returned') return;
  const definition = CATALOGUE.find(({ id }) => id === state.definition.id)!;
  const step = allSteps(definition.steps).find(({ id }) => id === event.step);
  // The applicant's step is his own to sign, whatever he agreed to at a window.
  if (step?.kind === 'student-confirm') {
    expect(event.by).not.toBe(AT_WINDOW.person);
    return;
  }
  // Everything of a list is ticked before its step is agreed to.
  const open = state.steps[event.step];
  if (step?.kind === 'respond' && event.kind === 'signed' && open?.status === 'open')
    expect(step.checklist.every(({ id }) => open.ticked?.includes(id))).toBe(true);
  // An incident is nobody's own.
  if (subjectOf(state) === null) return;
  // Nobody decides on his own case, nor is it decided in his name.
  expect(event.by).not.toBe(APPLICANT.person);
  expect(event.for).not.toBe(APPLICANT.person);
  // Each decision says by which version of which rule its step was there.
  expect(event.rule).toEqual(step?.when === undefined ? null : { id: step.when, version: state.rules[step.when] });
}

function checkState(state: CaseState, entered: readonly [string, unknown][]): void {
  // No value is ever lost.
  for (const [name, value] of entered)
    expect(state.forms.some(({ values }) => JSON.stringify(values[name]) === JSON.stringify(value))).toBe(true);
  for (const [, open] of openSteps(state)) {
    const signers = open.slots.flatMap(({ signature }) =>
      signature === null ? [] : signature.for === null ? [signature.by] : [signature.by, signature.for],
    );
    expect(new Set(signers).size).toBe(signers.length);
  }
  if (state.status === 'closed') return;
  const tasks = tasksOf(state);
  expect(tasks.length).toBeGreaterThan(0);
  for (const { owner, dueAtMs } of tasks) {
    expect(dueAtMs).toBeGreaterThan(0);
    expect(owner.kind === 'person' ? owner.person : owner.role).toBeTruthy();
  }
}

/** Somebody can bring the case on with one action: nobody has to be added to the university for it. */
function somebodyCanAct(ready: (typeof READY)[number], state: CaseState, nowMs: number): boolean {
  const context = { nowMs, dueAfter: (hours: number) => nowMs + hours * HOUR_MS };
  if (state.status === 'returned')
    return act(ready, state, ALMIGHTY_APPLICANT, { verb: 'resubmit', form: {} }, context).ok;
  return openSteps(state).every(([id, open]) => {
    // What is being carried out comes back: the worker tries until the register has answered.
    if (open.effect?.state === 'pending') return act(ready, state, { kind: 'effects' }, settled(id, true), context).ok;
    const step = allSteps(ready.definition.steps).find((one) => one.id === id);
    const choice = step?.kind === 'dispatch' ? step.choices[0]?.id : undefined;
    const left =
      step?.kind === 'respond' ? step.checklist.find((one) => open.ticked?.includes(one.id) !== true) : undefined;
    const goOn: Action[] = [
      ...(left === undefined ? [] : [{ verb: 'note', step: id, text: '', item: left.id } as const]),
      { verb: 'agree', step: id, comment: 'done', choice },
      // A person who was named may be away: whoever owns the step takes it back, or drops the co-signer.
      { verb: 'transfer', step: id, to: 'staff:fresh' as PersonId, reason: '' },
      ...tasksOf(state).flatMap(({ owner }): Action[] =>
        owner.kind === 'person' ? [{ verb: 'drop-cosigner', step: id, person: owner.person }] : [],
      ),
    ];
    return [ALMIGHTY_APPLICANT, ...STAFF].some((one) =>
      goOn.some((action) => act(ready, state, one, action, context).ok),
    );
  });
}

describe.each(READY.map((ready) => [ready.definition.id, ready] as const))(
  'any verbs in any order at %s',
  (_, ready) => {
    it('lose no value, strand nothing, approve nobody’s own, and replay to the same state', () => {
      const { danger } = ready.definition;
      const ids = allSteps(ready.definition.steps).map(({ id }) => id);
      const samples = ready.definition.tests.flatMap((test) => (test.expect === 'path' ? [test.form] : []));
      fc.assert(
        fc.property(throws, fc.nat(samples.length - 1), (dice, first) => {
          let nowMs = START_MS;
          const context = () => ({ nowMs, dueAfter: (hours: number) => nowMs + hours * HOUR_MS });
          const isIncident = ready.definition.about === 'incident';
          const applicant = isIncident
            ? { person: REPORTER.person, facts: NO_FACTS }
            : { ...APPLICANT, attended: sampleAttended(ready) };
          const started = act(
            ready,
            undefined,
            isIncident ? REPORTER : ALMIGHTY_APPLICANT,
            { verb: 'submit', applicant, form: samples[first]! },
            context(),
          );
          if (!started.ok) throw new Error(started.code);
          let state = started.state;
          const events = [...started.events];
          const entered = Object.entries(samples[first]!);
          for (const one of dice) {
            nowMs += one.hours * HOUR_MS;
            const { action, machine } = actionOf(state, ids, samples, one);
            const actor = machine ?? actorOf(state, one);
            const acted = act(ready, state, actor, action, context());
            if (!acted.ok) continue;
            for (const event of acted.events) checkEvent(state, event);
            ({ state } = acted);
            events.push(...acted.events);
            if (action.verb === 'resubmit') entered.push(...Object.entries(action.form));
            checkState(state, entered);
            if (state.status !== 'closed') expect(somebodyCanAct(ready, state, nowMs)).toBe(true);
          }
          expect(replay(events)).toEqual(state);
          expect(JSON.parse(JSON.stringify(state))).toEqual(state);
          // What the register was asked to do is done before the case is, whatever was tried in between.
          if (state.status === 'closed' && state.outcome === 'granted')
            for (const { id } of ready.definition.steps.filter(isEffect))
              expect(['done', 'skipped']).toContain(state.steps[id]?.status);
          // Nothing ends a case whose duty has not answered, and no duty is called but by the words.
          if (state.status === 'closed') expect(state.steps[DUTY_STEP]?.status ?? 'done').toBe('done');
          expect(namedDanger(state)).toBe(
            state.forms.some(({ values }) => danger !== undefined && namesDanger(danger, values)),
          );
          if (state.status === 'closed' && state.outcome !== 'granted') expect(state.emitted).toEqual([]);
          if (ready.definition.closes_only_after !== null && state.status === 'closed')
            expect(state.steps[ready.definition.closes_only_after]?.status).toBe('done');
        }),
        WALKS,
      );
    });
  },
);

it('the population has two of every role', () => expect(STAFF.length).toBe(ROLES.length * 2));

it('graduation clearance closes to the same state in 1,000 random orders of its five branches', () => {
  const ready = makeReady(serviceOf('graduation-clearance'));
  const context = { nowMs: START_MS, dueAfter: (hours: number) => START_MS + hours * HOUR_MS };
  const branches = ['library', 'finance', 'dormitory', 'loan', 'card'];
  const ends = new Set<string>();
  fc.assert(
    fc.property(fc.shuffledSubarray(branches, { minLength: 5, maxLength: 5 }), (order) => {
      let acted = act(
        ready,
        undefined,
        ALMIGHTY_APPLICANT,
        { verb: 'submit', applicant: APPLICANT, form: { leaves_on: '2027-06-30' } },
        context,
      );
      const go = (actor: Actor, action: Action) => {
        if (!acted.ok) throw new Error(acted.code);
        acted = act(ready, acted.state, actor, action, context);
      };
      for (const step of order)
        if (step === 'library' || step === 'finance')
          go({ kind: 'source', name: step }, { verb: 'answer-check', step, answer: 'passed' });
        else go(holder(`staff:${step}`, `${step}-officer`), { verb: 'agree', step, comment: '' });
      go(person('staff:college', [{ role: 'department-officer', scope: { kind: 'college', value: '软件学院' } }]), {
        verb: 'agree',
        step: 'release',
        comment: '',
      });
      expect(acted.ok && acted.state.status).toBe('open');
      go({ kind: 'effects' }, settled('alumni', true));
      if (!acted.ok) throw new Error(acted.code);
      expect(acted.state).toMatchObject({ status: 'closed', outcome: 'granted' });
      ends.add(JSON.stringify(Object.entries(acted.state.steps).sort(([a], [b]) => (a < b ? -1 : 1))));
    }),
    { numRuns: 1_000 },
  );
  expect(ends.size).toBe(1);
});
