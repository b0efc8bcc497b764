// `npm run check`: types, lint, import rules, unit tests; under two minutes.
import { bin, ensureBuilt, ensureInstalled, run } from './lib/prepare.mjs';

ensureInstalled();
const { finish, runVitest } = await import('./lib/run-vitest.mjs');
ensureBuilt();
run(bin('biome'), ['check', '.']);
run(bin('tsc'), ['-p', 'tsconfig.tests.json']);
for (const pages of ['wallet-web', 'admin', 'verifier', 'idp', 'reader-agent', 'campus'])
  run(bin('vue-tsc'), ['--noEmit', '-p', `${pages}/web/tsconfig.json`]);
run(bin('knip'), []);
const units = [
  'protocol',
  'platform',
  'issuer',
  'verifier',
  'idp',
  'campus',
  'reader-agent',
  'wallet-web',
  'admin',
  'launcher',
  'repository',
];
finish(runVitest([{ name: 'check', projects: units }]));
