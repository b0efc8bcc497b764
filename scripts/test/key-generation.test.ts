import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;

/**
 * Node 20 stands still for good where the collector takes a key generation while its key object is exported: both hold
 * one lock. So keys come out of `generateKeyPair` of the protocol, or as text.
 */
it('no code keeps the key object of a key generation [src, tests, examples, benches]', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.vue'], { cwd: root, encoding: 'utf8' }).split(
    '\n',
  );
  const calls = files.flatMap((file) => {
    if (file === '' || file === 'scripts/test/key-generation.test.ts') return [];
    const text = readFileSync(`${root}${file}`, 'utf8');
    return [...text.matchAll(/generateKeyPairSync\([^;]*?\)/gs)].map(([call]) => ({ file, call }));
  });
  const objects = calls.filter(({ call }) => !call.includes('privateKeyEncoding') && !call.includes("'P-384'"));
  expect(objects.map(({ file }) => file)).toEqual([]);
  expect(calls.length).toBeGreaterThan(1);
});
