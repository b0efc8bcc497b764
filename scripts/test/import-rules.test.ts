import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const rules = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };
const planted: string[] = [];

interface Report {
  summary: { totalCruised: number; violations: { rule: { name: string }; from: string }[] };
}

function cruise(): Report {
  const bin = join(root, 'node_modules', '.bin', 'depcruise');
  const folders = ['packages', 'issuer', 'verifier', 'idp', 'reader-agent', 'wallet-web', 'admin', 'launcher', 'bench'];
  const run = () =>
    execFileSync(bin, ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 256 << 20,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  try {
    return JSON.parse(run()) as Report;
  } catch (error) {
    return JSON.parse((error as { stdout: string }).stdout) as Report;
  }
}

function plant(path: string, text: string): void {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  planted.push(full);
}

afterAll(() => {
  for (const path of planted) rmSync(path, { force: true });
});

it('cruises the whole repository and finds no violation', () => {
  const { summary } = cruise();
  // A compiler the tool does not understand makes it see nothing at all.
  expect(summary.totalCruised).toBeGreaterThan(150);
  expect(summary.violations.map((violation) => `${violation.rule.name}: ${violation.from}`)).toEqual([]);
});

it('finds one planted violation of every rule', () => {
  plant(
    'packages/protocol/src/planted-a.ts',
    "import './planted-b.js';\nimport 'node:fs';\nimport '../../platform/src/time/clock.js';\n",
  );
  plant('packages/protocol/src/planted-b.ts', "import './planted-a.js';\n");
  plant(
    'packages/platform/src/planted.ts',
    "import '../../../issuer/src/problems.js';\nimport '../test/support/test-database.js';\n",
  );
  plant('packages/partner-client/src/planted.ts', "import '../../protocol/src/errors.js';\nimport 'zod';\n");
  plant('issuer/src/domain/planted.ts', "import '../http/oauth-refusal.js';\n");
  plant('issuer/src/storage/planted.ts', "import '../http/oauth-refusal.js';\n");
  plant('issuer/src/http/planted.ts', "import '../app.js';\nimport '../../../verifier/src/planted-own.js';\n");
  plant('verifier/src/planted-own.ts', 'export {};\n');
  plant('admin/web/planted.ts', "import '../../packages/platform/src/time/clock.js';\n");
  const found = new Set(cruise().summary.violations.map((violation) => violation.rule.name));
  expect([...found].sort()).toEqual(rules.forbidden.map((rule) => rule.name).sort());
});
