// `npm test`: installs what it needs, checks, then runs every test there is.
import { bin, ensureBuilt, ensureInstalled, run } from './lib/prepare.mjs';
import { ensureSystemPackages } from './lib/system-packages.mjs';

// First what comes from the system: headers among it decide which optional packages npm can compile.
const skipped = ensureSystemPackages().flatMap((files) => ['--exclude', `**/${files}`]);
ensureInstalled();
const { finish, runVitest } = await import('./lib/run-vitest.mjs');
ensureBuilt();
run(bin('biome'), ['check', '.']);
run(bin('tsc'), ['-p', 'tsconfig.tests.json']);
const parts = [
  { name: 'units', projects: ['!e2e'] },
  { name: 'journeys', projects: ['e2e'] },
];
finish(runVitest(parts, skipped));
