import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root } from './prepare.mjs';

/** Runs vitest with the given projects and answers its counts; `ok` is false on any failure. */
export function runVitest(name, projects, more = []) {
  const report = join(root, '.cache', `report-${name}.json`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  rmSync(report, { force: true });
  const args = [
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...more,
  ];
  const result = spawnSync(bin('vitest'), args, { cwd: root, stdio: 'inherit' });
  try {
    const { numPassedTests, numFailedTests, numPendingTests, success } = JSON.parse(readFileSync(report, 'utf8'));
    return {
      ok: result.status === 0 && success,
      passed: numPassedTests,
      failed: numFailedTests,
      skipped: numPendingTests,
    };
  } catch {
    return { ok: false, passed: 0, failed: 1, skipped: 0 };
  }
}

/** Prints the closing line of a whole run and ends the process. */
export function finish(results) {
  const sum = (field) => results.reduce((total, result) => total + result[field], 0);
  const ok = results.every((result) => result.ok);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  process.exit(ok && sum('passed') > 0 ? 0 : 1);
}
