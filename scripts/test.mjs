// `npm test`: installs what it needs, checks, then runs every test there is.
import { bin, ensureBuilt, ensureInstalled, run } from './lib/prepare.mjs';

ensureInstalled();
const { ensureSystemPackages } = await import('./lib/system-packages.mjs');
const { finish, runVitest } = await import('./lib/run-vitest.mjs');
const skipped = ensureSystemPackages().flatMap((files) => ['--exclude', `**/${files}`]);
ensureBuilt();
run(bin('biome'), ['check', '.']);
run(bin('tsc'), ['-p', 'tsconfig.tests.json']);
const fast = runVitest('units', ['!e2e'], skipped);
const journeys = runVitest('journeys', ['e2e'], skipped);
finish([fast, journeys]);
