// `npm run proof NAME`: long proofs in pieces that resume; each piece is added to docs/proofs/NAME.json with its commit.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, ensureBuilt, ensureInstalled, root } from './lib/prepare.mjs';
import { proveCountermeasures } from './lib/prove-countermeasures.mjs';

const PROOFS = {
  'kill-rounds': { rounds: 300, piece: 60, project: 'e2e', test: 'kill-rounds', variable: 'LANYARD_KILL_ROUNDS' },
  'bulk-kills': {
    ...{ rounds: 300, piece: 100, project: 'issuer-service', test: 'bulk-kills', variable: 'LANYARD_BULK_KILLS' },
  },
  // Half of the taps through each binding; the daemon is killed once in 200.
  taps: { rounds: 10_000, piece: 2_000, project: 'readers', test: 'chaos', variable: 'LANYARD_TAPS' },
  // One round is a week of 30 gates and 50,000 people.
  'seven-days': { rounds: 1, piece: 1, project: 'reader-agent', test: 'seven-days', variable: 'LANYARD_SEVEN_DAYS' },
  // Rounds are agents against one verifier.
  fleet: { rounds: 1_000, piece: 1_000, project: 'verifier-service', test: 'fleet-scale', variable: 'LANYARD_FLEET' },
  // A verifier is killed while partners hold, redeem and are told.
  redemptions: {
    ...{ rounds: 300, piece: 60, project: 'verifier-service' },
    ...{ test: 'redemption-kills', variable: 'LANYARD_REDEMPTION_ROUNDS' },
  },
  // Rounds are freshmen of one day, from the list of admissions to the registered card.
  arrivals: { rounds: 5_000, piece: 5_000, project: 'e2e', test: 'arrival-day', variable: 'LANYARD_ARRIVALS' },
  // Rounds are seconds for each parser.
  fuzz: { rounds: 600, piece: 120, project: 'fuzz', test: 'parsers', variable: 'LANYARD_FUZZ_SECONDS' },
};

const name = process.argv[2];
const proof = PROOFS[name];
if (proof === undefined && name !== 'countermeasures') {
  console.error(`no such proof; there are ${[...Object.keys(PROOFS), 'countermeasures'].join(', ')}`);
  process.exit(2);
}
ensureInstalled();
ensureBuilt();
mkdirSync(join(root, 'docs', 'proofs'), { recursive: true });
const file = join(root, 'docs', 'proofs', `${name}.json`);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
if (name === 'countermeasures') {
  // A second word runs those whose row or description contains it; the others keep what they last came to.
  const fresh = proveCountermeasures(process.argv[3]).map((result) => ({ ...result, commit }));
  const keyOf = ({ row, what }) => `${row}: ${what}`;
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  const results = new Map([...known, ...fresh].map((result) => [keyOf(result), result]));
  writeFileSync(file, `${JSON.stringify([...results.values()], null, 2)}\n`);
  const isNoticed = ({ before, after }) => before === 'passed' && after === 'failed';
  console.log(`countermeasures: ${fresh.filter(isNoticed).length} of ${fresh.length} are missed by a test when gone`);
  process.exit(fresh.every(isNoticed) ? 0 : 1);
}
const pieces = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8')).filter((piece) => piece.commit === commit)
  : [];
const done = () => pieces.reduce((total, piece) => total + piece.rounds, 0);
while (done() < proof.rounds) {
  const out = join(root, '.cache', `proof-${name}.json`);
  rmSync(out, { force: true });
  const rounds = Math.min(proof.piece, proof.rounds - done());
  console.log(`${name}: ${done()} of ${proof.rounds} done, ${rounds} more …`);
  const result = spawnSync(bin('vitest'), ['run', '--project', proof.project, proof.test], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, [proof.variable]: String(rounds), LANYARD_PROOF_OUT: out },
  });
  if (result.status !== 0 || !existsSync(out)) process.exit(1);
  pieces.push({ commit, at: new Date().toISOString(), ...JSON.parse(readFileSync(out, 'utf8')) });
  writeFileSync(file, `${JSON.stringify(pieces, null, 2)}\n`);
}
console.log(`${name}: ${done()} rounds, see docs/proofs/${name}.json`);
