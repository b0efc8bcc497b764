import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zServiceDefinition } from '../../src/domain/definitions/definition.js';
import { guarded } from '../../src/domain/exports/workbook.js';
import { officeSpans, type StepRun } from '../../src/domain/statistics/step-runs.js';
import { byCollege } from '../../src/domain/statistics/summary.js';
import { SMALLEST_GROUP, suppressed } from '../../src/domain/statistics/suppress.js';
import { rolesNamedBy } from '../../src/domain/views/reach.js';

const groups = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), people: fc.nat(20), more: fc.nat(5) }), {
  selector: ({ name }) => name,
  maxLength: 8,
});

describe('suppression', () => {
  it('tells no group of fewer than five, and none that the others give away', () => {
    fc.assert(
      fc.property(groups, (given) => {
        const all = given.map(({ name, people, more }) => ({ name, people, cases: people === 0 ? 0 : people + more }));
        const told = suppressed(all);
        const hidden = all.filter(({ name }) => told.get(name) === null);
        for (const { name, people, cases } of all) {
          if (people > 0 && people < SMALLEST_GROUP) expect(told.get(name)).toBeNull();
          if (told.get(name) !== null) expect(told.get(name)).toBe(cases);
        }
        // One alone is the rest of the whole; where there is another group it goes too.
        if (hidden.length === 1) expect(all.filter(({ people }) => people > 0)).toHaveLength(1);
      }),
    );
  });
  it('puts small colleges together, and keeps every case', () => {
    const lines = byCollege([
      { name: '甲', cases: 40, people: 30 },
      { name: '乙', cases: 9, people: 8 },
      { name: '丙', cases: 2, people: 2 },
    ]);
    expect(lines).toEqual([
      { college: '甲', cases: 40 },
      { college: null, cases: 11 },
    ]);
    expect(byCollege([{ name: '丙', cases: 2, people: 2 }])).toEqual([{ college: null, cases: null }]);
  });
});

describe('time with the staff', () => {
  const run = (ownerRole: string | null, openedAtMs: number, endedAtMs: number): StepRun => ({
    ...{ sequence: 1, step: 'a', how: 'done', isLate: false, ownerRole, openedAtMs, endedAtMs },
  });
  it('counts branches once and leaves out what lay with the applicant', () => {
    expect(officeSpans([run('x', 5, 9), run('y', 0, 6), run(null, 9, 50), run('x', 50, 60)])).toEqual([
      { fromMs: 0, toMs: 9 },
      { fromMs: 50, toMs: 60 },
    ]);
  });
});

describe('a cell', () => {
  it.each(['=1+1', '+86', '-5', '@SUM(A1)', ' =x', '＝1', '\u200b=x'])('is no formula [%s]', (text) => {
    expect(guarded(text)).toBe(`'${text}`);
  });
  it.each(['张三', '2026-11-30', '', '3 = 3'])('stays what it is [%s]', (text) => {
    expect(guarded(text)).toBe(text);
  });
});

describe('roles a service names', () => {
  it('are those of every step, also of one that the register carries out', () => {
    const url = new URL('../../catalogue/enrolment-certificate.json', import.meta.url);
    const definition = zServiceDefinition.parse(JSON.parse(readFileSync(url, 'utf8')));
    const steps = definition.steps.filter(({ kind }) => kind === 'emit');
    expect(rolesNamedBy({ ...definition, steps, void_by: null })).toEqual(['registrar']);
  });
});
