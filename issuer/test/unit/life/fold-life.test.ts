import { ENROLMENT_STATES, type EnrolmentStatus } from '@lanyard/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHANGE_KIND_CODES,
  type ChangeKind,
  kindBetween,
  OPEN_KIND_CODES,
  ruleOf,
} from '../../../src/domain/life/change-kinds.js';
import { addChange, addRosterChange, dayAfter, undoChange } from '../../../src/domain/life/change-life.js';
import { type Facts, foldLife, type Life, type LifeChange } from '../../../src/domain/life/fold-life.js';
import { effectsOf, type Hold } from '../../../src/domain/life/life-state.js';

const TODAY = '2026-11-29';
const startAs = (firstStatus: EnrolmentStatus): Life => ({ firstStatus, firstFacts: {}, changes: [] });
const change = (id: number, kind: ChangeKind, effectiveDate = TODAY, more: Partial<LifeChange> = {}): LifeChange => ({
  ...{ id, kind, effectiveDate },
  ...(ruleOf(kind).until === 'required' ? { until: '2027-06-30' } : {}),
  ...(ruleOf(kind).facts === 'name' ? { facts: { name: '新名' } } : {}),
  ...(ruleOf(kind).facts === 'study' ? { facts: { college: '理学院' } } : {}),
  ...more,
});
const taken = (life: Life, ...changes: LifeChange[]): Life =>
  changes.reduce((so, one) => {
    const outcome = addChange(so, one, TODAY, one.id + 1000);
    if (!outcome.ok) throw new Error(`${one.kind}: ${outcome.refusal.code}`);
    return outcome.life;
  }, life);
const statusOn = (life: Life, day: string) => {
  const folded = foldLife(life, day);
  return folded.ok ? folded.folded.state.status : undefined;
};
const codeOf = (outcome: ReturnType<typeof addChange>) => (outcome.ok ? 'ok' : outcome.refusal.code);

describe('the table of kinds', () => {
  for (const kind of OPEN_KIND_CODES) {
    it(`starts where the table says and nowhere else [${kind}]`, () => {
      for (const { code } of ENROLMENT_STATES) {
        const outcome = addChange(startAs(code), change(1, kind), TODAY, 2);
        const allowed = ruleOf(kind).from.includes(code);
        expect([code, outcome.ok], kind).toEqual([code, allowed]);
        const { to } = ruleOf(kind);
        if (outcome.ok) expect(outcome.after.state.status).toBe(to ?? code);
      }
    });
  }
  it('takes nobody back who has left, but by a reversal', () => {
    for (const state of ENROLMENT_STATES.filter((one) => one.credential === 'revoked'))
      for (const kind of OPEN_KIND_CODES) {
        const { to } = ruleOf(kind);
        if (!ruleOf(kind).from.includes(state.code) || to === undefined || to === 'any') continue;
        expect(effectsOf(to, 'none').student_id, `${state.code} ${kind}`).toBe('revoked');
      }
  });
  it('finds a kind for what a roster says [known] [no such rule]', () => {
    expect(kindBetween('enrolled', 'on-leave-of-absence')).toBe('leave');
    expect(kindBetween('completed', 'graduated')).toBe('graduation');
    expect(kindBetween('graduated', 'enrolled')).toBe('correction');
    expect(kindBetween('not-registered', 'exchange')).toBe('correction');
  });
});

describe('dates', () => {
  it('keeps history in order and recomputes today [change of the past]', () => {
    const left = taken(startAs('enrolled'), change(1, 'leave', '2026-03-01'), change(2, 'return', '2026-09-01'));
    expect(statusOn(left, TODAY)).toBe('enrolled');
    const outcome = addChange(left, change(3, 'withdrawal', '2026-10-01'), TODAY);
    expect(outcome.ok && outcome.after.state.status).toBe('withdrawn');
    const between = addChange(left, change(3, 'status-retention', '2026-05-01'), TODAY);
    expect(between.ok && between.after.steps.get(2)).toEqual({ from: 'status-retained', to: 'enrolled' });
    expect(between.ok && statusOn(between.life, '2026-06-01')).toBe('status-retained');
  });
  it('refuses what makes a later change impossible and names it [past] [planned]', () => {
    const life = taken(startAs('enrolled'), change(1, 'leave', '2026-03-01'), change(2, 'return', '2026-09-01'));
    const refusal = { code: 'status-change-out-of-order' };
    expect(addChange(life, change(3, 'withdrawal', '2026-05-01'), TODAY)).toMatchObject({
      refusal: { ...refusal, changeId: 2 },
    });
    const planned = taken(startAs('enrolled'), change(1, 'graduation', '2027-06-30'));
    expect(addChange(planned, change(2, 'leave'), TODAY)).toMatchObject({ refusal: { ...refusal, changeId: 1 } });
  });
  it('leaves today as it is for a change of the future', () => {
    const outcome = addChange(startAs('enrolled'), change(1, 'graduation', '2027-06-30'), TODAY);
    expect(outcome.ok && outcome.after.state.status).toBe('enrolled');
    expect(outcome.ok && statusOn(outcome.life, '2027-06-30')).toBe('graduated');
    expect(outcome.ok && statusOn(outcome.life, '2027-06-29')).toBe('enrolled');
  });
  it('ends a guest\u2019s stay on the day after the last one, and lets a guest do nothing but leave', () => {
    const guest = taken(startAs('not-registered'), change(1, 'exchange-guest', '2026-09-01', { until: '2027-01-31' }));
    expect(foldLife(guest, TODAY)).toMatchObject({ folded: { state: { is: 'guest', until: '2027-01-31' } } });
    expect(statusOn(guest, '2027-01-31')).toBe('exchange');
    expect(statusOn(guest, '2027-02-01')).toBe('transferred-out');
    expect(codeOf(addChange(guest, change(5, 'exchange-return'), TODAY))).toBe('status-change-not-allowed');
    expect(codeOf(addChange(guest, change(5, 'graduation'), TODAY))).toBe('status-change-not-allowed');
    expect(codeOf(addChange(guest, change(5, 'exchange-guest'), TODAY, 6))).toBe('status-change-not-allowed');
  });
  it('refuses a change without its last day, with one too many, or with other fields', () => {
    const guest: LifeChange = { id: 1, kind: 'exchange-guest', effectiveDate: TODAY };
    expect(codeOf(addChange(startAs('not-registered'), guest, TODAY, 2))).toBe('status-change-until-needed');
    const end = { until: '2026-01-01' };
    expect(codeOf(addChange(startAs('enrolled'), change(1, 'leave', TODAY, end), TODAY))).toBe(
      'status-change-until-invalid',
    );
    expect(codeOf(addChange(startAs('enrolled'), change(1, 'death', TODAY, { until: '2027-01-01' }), TODAY))).toBe(
      'status-change-until-invalid',
    );
    const facts = { facts: { college: '理学院' } };
    expect(codeOf(addChange(startAs('enrolled'), change(1, 'name-change', TODAY, facts), TODAY))).toBe(
      'status-change-facts-invalid',
    );
    expect(codeOf(addChange(startAs('enrolled'), change(1, 'leave', TODAY, facts), TODAY))).toBe(
      'status-change-facts-invalid',
    );
    expect(codeOf(addChange(startAs('enrolled'), { id: 1, kind: 'name-change', effectiveDate: TODAY }, TODAY))).toBe(
      'status-change-facts-invalid',
    );
  });
});

describe('reversals', () => {
  const undo = (life: Life, changeId: number, documentNumber?: string, along: number[] = []) =>
    undoChange(life, { changeId, along, documentNumber }, TODAY);
  it('makes a graduate a student again only by document', () => {
    const life = taken(startAs('enrolled'), change(1, 'graduation'));
    expect(codeOf(undo(life, 1))).toBe('document-number-needed');
    const undone = undo(life, 1, '教〔2026〕9号');
    expect(undone.ok && undone.after.state.status).toBe('enrolled');
    expect(undone.ok && codeOf(undoChange(undone.life, { changeId: 1, along: [], documentNumber: 'x' }, TODAY))).toBe(
      'status-change-undone',
    );
  });
  it('calls off what has not begun without a document, and what was made along', () => {
    const planned = taken(startAs('enrolled'), change(1, 'graduation', '2027-06-30'));
    expect(codeOf(undo(planned, 1))).toBe('ok');
    const guest = taken(startAs('not-registered'), change(1, 'exchange-guest'));
    const undone = undo(guest, 1, undefined, [1001]);
    expect(undone.ok && statusOn(undone.life, '2030-01-01')).toBe('not-registered');
  });
  it('refuses one that a later change stands on, a change nobody made, and a reversal of a reversal', () => {
    const life = taken(startAs('enrolled'), change(1, 'leave', '2026-03-01'), change(2, 'return', '2026-09-01'));
    expect(undo(life, 1)).toMatchObject({ refusal: { code: 'status-change-out-of-order', changeId: 2 } });
    expect(codeOf(undo(life, 9))).toBe('status-change-not-found');
    const reversal: Life = { ...life, changes: [...life.changes, change(3, 'reversal')] };
    expect(codeOf(undo(reversal, 3))).toBe('status-change-not-reversible');
  });
  it('folds facts without the undone change [earlier name] [later name stays]', () => {
    const life: Life = { ...startAs('enrolled'), firstFacts: { name: '甲' } };
    const named = taken(
      life,
      change(1, 'name-change', '2026-01-01', { facts: { name: '乙' } }),
      change(2, 'name-change', '2026-02-01', { facts: { name: '丙' } }),
    );
    const nameAfter = (id: number) => {
      const undone = undo(named, id);
      return undone.ok ? undone.after.facts.name : undefined;
    };
    expect([nameAfter(2), nameAfter(1)]).toEqual(['乙', '丙']);
  });
});

it('lets a roster have its way and gives up plans that no longer fit [correction] [plan that still fits stays]', () => {
  const planned = taken(startAs('enrolled'), change(1, 'leave', '2027-01-01'), change(2, 'return', '2027-09-01'));
  const gone = addRosterChange(planned, change(3, 'correction', TODAY, { to: 'withdrawn' }), TODAY);
  expect(gone.outcome.ok && gone.outcome.after.state.status).toBe('withdrawn');
  expect(gone.givenUp).toEqual([1, 2]);
  const away = addRosterChange(planned, change(3, 'correction', TODAY, { to: 'status-retained' }), TODAY);
  expect(away.givenUp).toEqual([1]);
});

describe('random histories', () => {
  const day = fc.integer({ min: 0, max: 700 }).map((n) => {
    const at = Date.parse('2025-06-01T00:00:00Z') + n * 86_400_000;
    return new Date(at).toISOString().slice(0, 10);
  });
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('add' as const),
        kind: fc.constantFrom(...CHANGE_KIND_CODES.filter((kind) => kind !== 'reversal')),
        day,
        length: fc.integer({ min: 0, max: 300 }),
        name: fc.constantFrom('甲', '乙', '丙'),
        to: fc.constantFrom(...ENROLMENT_STATES.map((one) => one.code)),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('undo' as const), which: fc.nat(20), document: fc.boolean() }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 120 }) }) },
  );
  const holds: Hold[] = ['none', 'suspended', 'revoked'];

  /** The register as a cache, as the store keeps it: moved by what a change answers, and by the calendar. */
  it('register, credentials, facts, sign-in and alumni agree with the fold on every day', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ENROLMENT_STATES.map((one) => one.code)),
        fc.array(step, { maxLength: 25 }),
        (first, steps) => {
          let today = '2025-06-01';
          let life: Life = { firstStatus: first, firstFacts: { name: '起' }, changes: [] };
          let register: { status: EnrolmentStatus; facts: Facts } = { status: first, facts: { name: '起' } };
          const revokedEntries = new Set<number>();
          let entry = 0;
          let id = 1;
          const take = (outcome: ReturnType<typeof addChange>) => {
            if (!outcome.ok) return;
            expect(outcome.before.state.status).toBe(register.status);
            life = outcome.life;
            register = { status: outcome.after.state.status, facts: outcome.after.facts };
          };
          for (const one of steps) {
            if (one.do === 'add') {
              const rule = ruleOf(one.kind);
              let until = one.day;
              for (let n = 0; n < one.length; n += 1) until = dayAfter(until);
              const made: LifeChange = {
                ...{ id, kind: one.kind, effectiveDate: one.day },
                ...(rule.until === 'none' ? {} : { until }),
                ...(rule.facts === 'name' ? { facts: { name: one.name } } : {}),
                ...(rule.facts === 'study' ? { facts: { college: one.name } } : {}),
                ...(one.kind === 'correction' ? { to: one.to } : {}),
              };
              take(addChange(life, made, today, id + 1));
              id += 2;
            } else if (one.do === 'undo') {
              const target = life.changes[one.which % Math.max(1, life.changes.length)];
              if (target !== undefined)
                take(
                  undoChange(
                    life,
                    { changeId: target.id, along: [], documentNumber: one.document ? 'd' : undefined },
                    today,
                  ),
                );
            } else {
              for (let n = 0; n < one.days; n += 1) today = dayAfter(today);
              const due = foldLife(life, today);
              expect(due.ok).toBe(true);
              if (due.ok) register = { status: due.folded.state.status, facts: due.folded.facts };
            }
            const folded = foldLife(life, today);
            if (!folded.ok) throw new Error('a life that was taken folds');
            expect(folded.folded.state.status).toBe(register.status);
            expect(folded.folded.facts).toEqual(register.facts);
            for (const hold of holds) {
              const effects = effectsOf(register.status, hold);
              const { is } = folded.folded.state;
              // No path leaves somebody who has left with a valid student ID, or both IDs at once.
              if (is === 'left' || is === 'alumnus' || is === 'deceased') expect(effects.student_id).toBe('revoked');
              expect(effects.student_id === 'valid' && effects.alumni_id === 'valid').toBe(false);
              expect(effects.alumni_id !== 'none').toBe(is === 'alumnus');
              expect(effects.sign_in === 'closed').toBe(is === 'left' || is === 'alumnus' || is === 'deceased');
              if (effects.student_id !== 'valid') expect(effects.gates).not.toBe('by-policy-and-registration');
            }
            // Entries: one for each time of being valid; a revoked one is never valid again.
            if (effectsOf(register.status, 'none').student_id === 'revoked') revokedEntries.add(entry);
            else if (revokedEntries.has(entry)) entry += 1;
            expect(effectsOf(register.status, 'none').student_id === 'valid' && revokedEntries.has(entry)).toBe(false);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
  it('a change and its reversal leave the life as it was on every day', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ENROLMENT_STATES.map((one) => one.code)),
        fc.constantFrom(...OPEN_KIND_CODES),
        day,
        day,
        (first, kind, when, asked) => {
          const life = { ...startAs(first), firstFacts: { name: '起', college: '起' } };
          const made = addChange(
            life,
            change(1, kind, when, { ...(ruleOf(kind).until === 'required' ? { until: when } : {}) }),
            TODAY,
            2,
          );
          if (!made.ok) return;
          const undone = undoChange(made.life, { changeId: 1, along: [2], documentNumber: 'd' }, TODAY);
          expect(undone.ok).toBe(true);
          if (!undone.ok) return;
          const [was, now] = [foldLife(life, asked), foldLife(undone.life, asked)];
          expect(was.ok && now.ok && [now.folded.state, now.folded.facts]).toEqual(
            was.ok && [was.folded.state, was.folded.facts],
          );
        },
      ),
    );
  });
});
