import { describe, expect, it } from 'vitest';
// @ts-expect-error a plain script without types
import { failuresOf, secondRun } from '../lib/test-report.mjs';

const passed = { fullName: 'a holds', status: 'passed', failureMessages: [] };
const failed = { fullName: 'a breaks', status: 'failed', failureMessages: ['\u001b[31mexpected 1\u001b[39m to be 2'] };
const file = (assertionResults: unknown[], status = 'failed', message = '') => ({
  name: '/x/a.test.ts',
  ...{ status, message, assertionResults },
});

describe('failuresOf', () => {
  it('names what failed, without the colours of a terminal', () => {
    const failures = failuresOf({ testResults: [file([passed, failed])] });
    expect(failures).toEqual([{ file: '/x/a.test.ts', test: 'a breaks', message: 'expected 1 to be 2' }]);
  });

  it('finds nothing where all passed', () => {
    expect(failuresOf({ testResults: [file([passed], 'passed')] })).toEqual([]);
  });

  it('names a file that ran no test at all', () => {
    const failures = failuresOf({ testResults: [file([], 'failed', 'cannot import')] });
    expect(failures).toEqual([{ file: '/x/a.test.ts', test: 'whole file', message: 'cannot import' }]);
  });

  it('cuts a message that fills the screen', () => {
    const long = { ...failed, failureMessages: ['x'.repeat(100_000)] };
    expect(failuresOf({ testResults: [file([long])] })[0]?.message.length).toBeLessThan(2_000);
  });
});

describe('secondRun', () => {
  const first = { ok: false, passed: 9, failed: 1, skipped: 0 };
  const failures = failuresOf({ testResults: [file([failed])] });

  it('calls what then passes unsteady, and keeps what it said', () => {
    const both = secondRun(first, failures, { ok: true, passed: 2, failed: 0, skipped: 0, failures: [] });
    expect(both).toMatchObject({ ok: true, passed: 10, failed: 0, failures: [], unsteady: failures });
  });

  it('fails what fails again', () => {
    const both = secondRun(first, failures, { ok: false, passed: 1, failed: 1, skipped: 0, failures });
    expect(both).toMatchObject({ ok: false, passed: 9, failed: 1, failures });
  });

  it('fails a second run that ended without a report', () => {
    const both = secondRun(first, failures, { ok: false, passed: 0, failed: 0, skipped: 0, failures: [] });
    expect(both).toMatchObject({ ok: false, failed: 1 });
  });
});
