import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { COUNTERMEASURES } from './countermeasures.mjs';
import { root } from './prepare.mjs';

/**
 * Takes each countermeasure out in a copy of the working tree and runs the tests that should notice.
 * @param filter only rows or descriptions that contain this text
 * @returns {{row: string, what: string, tests: string, before: string, after: string}[]}
 */
export function proveCountermeasures(filter = '') {
  const copy = mkdtempSync(join(tmpdir(), 'lanyard-countermeasures-'));
  const results = [];
  try {
    copyTree(copy);
    const chosen = COUNTERMEASURES.filter(({ row, what }) => `${row}: ${what}`.includes(filter));
    const green = new Map();
    for (const [index, measure] of chosen.entries()) {
      const { row, what, project, tests } = measure;
      const key = `${project} ${tests}`;
      if (!green.has(key)) green.set(key, passes(copy, measure));
      const file = join(copy, measure.file);
      const source = readFileSync(file, 'utf8');
      if (source.split(measure.find).length !== 2) throw new Error(`${row}: ${what}: not once in ${measure.file}`);
      writeFileSync(
        file,
        source.replace(measure.find, () => measure.replace),
      );
      const after = passes(copy, measure) ? 'passed' : 'failed';
      writeFileSync(file, source);
      const before = green.get(key) ? 'passed' : 'failed';
      results.push({ row, what, tests: key, before, after });
      const said =
        before === 'passed' && after === 'failed' ? 'noticed' : `NOT PROVED (${before} before, ${after} after)`;
      console.log(`${index + 1} of ${chosen.length}: ${row}: ${what}: ${said}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  return results;
}

/** What git knows, with the packages and compiled files of this folder. */
function copyTree(copy) {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of files) if (existsSync(join(root, file))) cpSync(join(root, file), join(copy, file));
  const folders = execFileSync(
    'find',
    ['.', '(', '-name', 'node_modules', '-o', '-name', 'dist', '-o', '-name', 'dist-web', ')', '-prune', '-print'],
    { cwd: root, encoding: 'utf8' },
  );
  for (const folder of folders.split('\n').filter((line) => line !== '')) {
    if (!existsSync(join(copy, dirname(folder)))) continue;
    // Links to the packages of this repository lead to its neighbours: they must lead to the copy's.
    cpSync(join(root, folder), join(copy, folder), { recursive: true, verbatimSymlinks: true, mode: 2 });
  }
}

function passes(copy, { project, tests, built }) {
  if (built !== undefined) {
    const build = spawnSync('npx', ['tsc', '-b', built], { cwd: copy, stdio: 'ignore' });
    if (build.status !== 0) throw new Error('does not compile');
  }
  const run = spawnSync(
    join(copy, 'node_modules', '.bin', 'vitest'),
    ['run', '--project', project, ...tests.split(' ')],
    {
      cwd: copy,
      stdio: 'ignore',
      env: { ...process.env, CI: 'true' },
    },
  );
  return run.status === 0;
}
