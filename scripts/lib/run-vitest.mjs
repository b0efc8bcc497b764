import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bin, root } from './prepare.mjs';
import { failuresOf, secondRun } from './test-report.mjs';

/** More files than this are a broken change, not an unsteady machine. */
const FILES_TO_REPEAT = 10;

/**
 * Runs the given parts, `{name, projects}` each, one after the other and answers their counts. Files that fail run once
 * more, one by one with the machine to themselves: what fails again has failed, what then passes is `unsteady` and is
 * printed as such.
 */
export function runVitest(parts, more = []) {
  const results = [];
  for (const { name, projects } of parts) {
    const chosen = [...projects.flatMap((project) => ['--project', project]), ...more];
    results.push(repeatFailed(name, chosen, vitest(name, chosen)));
  }
  return results;
}

function repeatFailed(name, chosen, first) {
  if (first.ok) return { ...first, failures: [], unsteady: [] };
  const failures = failuresOf(first.report);
  const files = [...new Set(failures.map(({ file }) => file))];
  if (files.length === 0) {
    const outside = { file: root, test: name, message: 'an error outside of any test: see above' };
    return { ...first, failures: [outside], unsteady: [] };
  }
  if (files.length > FILES_TO_REPEAT) return { ...first, failures, unsteady: [] };
  console.log(
    `${files.length} files failed and run once more: ${files.map((file) => relative(root, file)).join(', ')}`,
  );
  const again = vitest(`${name}-again`, [...chosen, '--no-file-parallelism', ...files]);
  return secondRun(first, failures, { ...again, failures: failuresOf(again.report) });
}

function vitest(name, chosen) {
  const file = join(root, '.cache', `report-${name}.json`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  rmSync(file, { force: true });
  const args = ['run', ...chosen, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const result = spawnSync(bin('vitest'), args, { cwd: root, stdio: 'inherit' });
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = report;
    return { ok: result.status === 0 && report.success, passed, failed, skipped, report };
  } catch {
    return { ok: false, passed: 0, failed: 1, skipped: 0, report: { testResults: [] } };
  }
}

/** Prints what failed, what was unsteady and the closing line of a whole run, and ends the process. */
export function finish(results) {
  const sum = (field) => results.reduce((total, result) => total + result[field], 0);
  const tell = (word, one) => console.log(`${word}: ${relative(root, one.file)} > ${one.test}\n${one.message}`);
  for (const { unsteady } of results) for (const one of unsteady) tell('unsteady', one);
  for (const { failures } of results) for (const one of failures) tell('failed', one);
  const ok = results.every((result) => result.ok);
  const unsteady = results.reduce((total, result) => total + result.unsteady.length, 0);
  const more = unsteady > 0 ? `, ${unsteady} unsteady (failed, then passed alone)` : '';
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped${more}`);
  process.exit(ok && sum('passed') > 0 ? 0 : 1);
}
