import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
/** Ports that test files name themselves; everything else asks the system for a free one. 7200 is two hours. */
const PORT = /(?<![\d._])7_?((?!200)\d{3})(?![\d_])/g;

function testFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

it('no two test files listen on the same port: they run beside each other', () => {
  const taken = new Map<string, string>();
  const shared: string[] = [];
  for (const folder of ['admin', 'issuer', 'verifier', 'idp', 'reader-agent', 'wallet-web'].map(
    (name) => `${name}/test`,
  ))
    for (const file of testFiles(folder).filter((name) => /\/test\/(service|readers)\//.test(name)))
      for (const port of new Set([...readFileSync(file, 'utf8').matchAll(PORT)].map(([, digits]) => `7${digits}`))) {
        const other = taken.get(port);
        if (other !== undefined) shared.push(`${port}: ${file} and ${other}`);
        taken.set(port, file);
      }
  expect(taken.size).toBeGreaterThan(40);
  expect(shared).toEqual([]);
});
