import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bin, root } from './prepare.mjs';
import { failuresOf, secondRun } from './test-report.mjs';

/** More files than this are a broken change, not an unsteady machine. */
const FILES_TO_REPEAT = 10;

/**
 * Runs the given parts, `{name, projects}` each, beside each other and answers their counts; what one prints stays
 * together. Files that fail run once more, one after the other with the machine to themselves: what fails again has
 * failed, what then passes is `unsteady` and is printed as such.
 */
export async function runVitest(parts, more = []) {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const [shown, ...others] = parts.map(({ name, projects }, index) => {
    const chosen = [...projects.flatMap((project) => ['--project', project]), ...more];
    return { name, chosen, log: index === 0 ? undefined : join(root, '.cache', `${name}.log`) };
  });
  const runs = [shown, ...others].map(async (part) => ({
    ...part,
    first: await vitest(part.name, part.chosen, part.log),
  }));
  const results = [];
  for (const run of runs) {
    const { name, chosen, log, first } = await run;
    if (log !== undefined) process.stdout.write(readFileSync(log));
    results.push({ name, chosen, first });
  }
  const settled = [];
  for (const { name, chosen, first } of results) settled.push(await repeatFailed(name, chosen, first));
  return settled;
}

async function repeatFailed(name, chosen, first) {
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
  const again = await vitest(`${name}-again`, [...chosen, '--no-file-parallelism', ...files]);
  return secondRun(first, failures, { ...again, failures: failuresOf(again.report) });
}

async function vitest(name, chosen, log) {
  const file = join(root, '.cache', `report-${name}.json`);
  rmSync(file, { force: true });
  const args = ['run', ...chosen, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const status = await ended(bin('vitest'), args, log);
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = report;
    return { ok: status === 0 && report.success, passed, failed, skipped, report };
  } catch {
    return { ok: false, passed: 0, failed: 1, skipped: 0, report: { testResults: [] } };
  }
}

/** The exit status of a program whose output goes to the terminal or into a file. */
function ended(program, args, log) {
  const output = log === undefined ? 'inherit' : openSync(log, 'w');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', output, output] });
    child.once('error', reject);
    child.once('exit', (status) => {
      if (log !== undefined) closeSync(output);
      resolve(status);
    });
  });
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
