import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['source', 'module', 'node', 'development|production'] };
const ssr = { resolve: { conditions: ['source', 'module', 'node', 'development|production'] } };

/** What is asked again until it is so: one second, as is usual, is short for a page on two busy cores. */
const expectations = { poll: { timeout: 15_000 } };

/** Unit projects need nothing but Node; `service` projects get a real PostgreSQL from the global set-up. */
function unit(name: string, folder: string) {
  return { resolve, ssr, test: { name, root: folder, include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } };
}
function service(name: string, folder: string) {
  return {
    resolve,
    ssr,
    test: {
      name: `${name}-service`,
      root: folder,
      include: ['test/service/**/*.test.ts'],
      globalSetup: [new URL('./scripts/test-postgres.ts', import.meta.url).pathname],
      // Against what hangs: a row of pages under axe takes half a minute on two busy cores.
      testTimeout: 90_000,
      hookTimeout: 120_000,
      expect: expectations,
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      unit('protocol', 'packages/protocol'),
      { resolve, ssr, test: { name: 'fuzz', root: 'packages/protocol', include: ['test/fuzz/**/*.test.ts'] } },
      unit('platform', 'packages/platform'),
      unit('look', 'packages/look'),
      unit('issuer', 'issuer'),
      unit('verifier', 'verifier'),
      unit('idp', 'idp'),
      unit('campus', 'campus'),
      unit('reader-agent', 'reader-agent'),
      unit('wallet-web', 'wallet-web'),
      unit('admin', 'admin'),
      unit('launcher', 'launcher'),
      unit('bench', 'bench'),
      service('platform', 'packages/platform'),
      service('partner-client', 'packages/partner-client'),
      service('issuer', 'issuer'),
      service('verifier', 'verifier'),
      service('idp', 'idp'),
      service('campus', 'campus'),
      service('reader-agent', 'reader-agent'),
      service('wallet-web', 'wallet-web'),
      service('admin', 'admin'),
      {
        resolve,
        ssr,
        test: {
          name: 'readers',
          root: 'reader-agent',
          include: ['test/readers/**/*.test.ts'],
          globalSetup: [
            new URL('./reader-agent/test/support/virtual-reader/build.ts', import.meta.url).pathname,
            new URL('./scripts/test-postgres.ts', import.meta.url).pathname,
          ],
          // One pcscd per machine, so one file after the other.
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve,
        ssr,
        test: { name: 'repository', root: '.', include: ['scripts/test/**/*.test.ts'], testTimeout: 240_000 },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'e2e',
          root: 'e2e',
          include: ['**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 240_000,
          expect: expectations,
        },
      },
    ],
  },
});
