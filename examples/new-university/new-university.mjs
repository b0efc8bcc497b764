// A university joins: from an empty folder to its first student accepted by another university's verifier.
//
//   node examples/new-university/new-university.mjs --elsewhere HOME --elsewhere-port 8080
//     [--home DIR] [--port 9300] [--code 4199090005] [--name 示例海洋大学] [--name-en "Example Ocean University"]
//     [--roster FILE] [--student NUMBER] [--stop]
//
// HOME is an installation that runs, holds a trust list and signs it (the demo does all three). Between two real
// universities the same commands run on two machines, and the fingerprints are compared over the telephone.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

const root = new URL('../../', import.meta.url).pathname;
const text = { type: 'string' };
const { values: wanted } = parseArgs({
  options: {
    ...{ elsewhere: text, 'elsewhere-port': { ...text, default: '8080' } },
    ...{ home: text, port: { ...text, default: '9300' }, code: { ...text, default: '4199090005' } },
    ...{ name: { ...text, default: '示例海洋大学' }, 'name-en': { ...text, default: 'Example Ocean University' } },
    ...{ roster: text, student: text, stop: { type: 'boolean', default: false } },
  },
});
if (wanted.elsewhere === undefined) {
  process.stderr.write('--elsewhere is missing: the folder of an installation that runs\n');
  process.exit(2);
}
const home = wanted.home ?? mkdtempSync(join(tmpdir(), 'lanyard-new-university-'));
const roster = wanted.roster ?? join(root, 'examples', 'new-university', 'roster.csv');
const ours = {
  ...process.env,
  ...{ LANYARD_HOME: home, LANYARD_PORT_BASE: wanted.port, LANYARD_DEMO: '0' },
  ...{ LANYARD_UNIVERSITY_CODE: wanted.code, LANYARD_UNIVERSITY_NAME: wanted.name },
  LANYARD_UNIVERSITY_NAME_EN: wanted['name-en'],
};
const theirs = { ...process.env, LANYARD_HOME: wanted.elsewhere, LANYARD_PORT_BASE: wanted['elsewhere-port'] };
const began = performance.now();
const timed = [];

async function step(name, work, tell) {
  const started = performance.now();
  const answer = await work();
  const ms = Math.round(performance.now() - started);
  timed.push({ step: name, ms });
  process.stdout.write(`${(ms / 1000).toFixed(1).padStart(7)} s  ${name.padEnd(34)} ${tell(answer)}\n`);
  return answer;
}
async function lanyard(env, ...words) {
  // A verdict that is not "accepted" ends with 1 and is an answer all the same.
  const { stdout } = await promisify(execFile)(process.execPath, ['lanyard', ...words, '--json'], {
    cwd: root,
    env,
  }).catch((error) => (error.stdout ? error : Promise.reject(error)));
  return JSON.parse(stdout);
}
async function start() {
  const child = spawn(process.execPath, ['lanyard', 'up'], {
    cwd: root,
    env: ours,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = [];
  child.stderr.on('data', (chunk) => said.push(String(chunk)));
  while (!existsSync(join(home, 'run.json'))) {
    if (child.exitCode !== null) throw new Error(`the new university did not start: ${said.join('').slice(-500)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return child;
}

let university;
try {
  university = await step('an empty folder becomes a university', start, () => home);
  const imported = await step(
    'its roster is imported',
    () => lanyard(ours, 'roster', 'import', roster),
    (answer) => {
      return `${answer.importable} of ${answer.rows} students`;
    },
  );
  if (imported.importable === 0) throw new Error('no row of the roster can be imported');
  const entry = join(home, 'entry.json');
  await step(
    'it describes itself',
    () => lanyard(ours, 'university', 'describe', '--out', entry),
    (answer) => {
      return answer.fingerprints.join(' ');
    },
  );
  await step(
    'the list operator compares and signs',
    () => lanyard(theirs, 'trust-list', 'add', entry),
    (answer) => {
      return `list ${answer.sequence}, ${answer.universities} universities, root ${answer.anchors[0].fingerprint}`;
    },
  );
  const student = wanted.student ?? firstNumber();
  const show = () => lanyard(ours, 'university', 'try-out', student, '--wallet', join(home, 'trial-wallet.json'));
  await step('its first student gets an ID', show, () => student);
  await step(
    'the other verifier looks at the list',
    () => lanyard(theirs, 'trust-list', 'refresh'),
    (answer) => {
      const own = answer.universities.find((one) => one.university_code === wanted.code);
      if (own === undefined || own.problem !== null)
        throw new Error(`not read there: ${own?.problem?.code ?? 'no entry'}`);
      return `list ${answer.sequence}`;
    },
  );
  const { code } = await step('the student shows it', show, (shown) => `${shown.code.slice(0, 14)}…`);
  const decided = await step(
    'and is accepted elsewhere',
    () => lanyard(theirs, 'gate', 'decide', code, '--checkpoint', 'south-gate'),
    (answer) => answer.verdict,
  );
  if (decided.verdict !== 'accepted') throw new Error(`decided ${decided.verdict}: ${decided.reason}`);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  process.stdout.write(`${JSON.stringify({ ok: true, seconds, steps: timed })}\n`);
} catch (error) {
  const { stderr } = error;
  process.stderr.write(`not joined: ${stderr || error.message}\n`);
  process.exitCode = 1;
}
if (university !== undefined && (wanted.stop || process.exitCode === 1)) {
  const gone = new Promise((resolve) => university.once('exit', resolve));
  university.kill('SIGTERM');
  await gone;
  if (wanted.home === undefined) rmSync(home, { recursive: true, force: true });
} else {
  process.stdout.write(`The new university runs in ${home}; stop it with Ctrl-C.\n`);
}

/** The student number of the roster's first row: its first column. */
function firstNumber() {
  return readFileSync(roster, 'utf8').split('\n')[1].split(',')[0];
}
