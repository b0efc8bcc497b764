import { parse } from 'acorn';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../web/', import.meta.url).pathname;

/** The script as the pages load it, built into memory. */
async function builtScript(): Promise<string> {
  const built = await build({ configFile: `${root}vite.config.ts`, root, logLevel: 'warn', build: { write: false } });
  const output = [built].flat().flatMap((one) => ('output' in one ? one.output : []));
  const script = output.find((one) => one.fileName === 'assets/idp.js');
  return script?.type === 'chunk' ? script.code : '';
}

describe('the script of the pages', () => {
  it('parses in the oldest browsers we promise [Chrome 64: ES2017, no modules]', async () => {
    const script = await builtScript();
    expect(script.length).toBeGreaterThan(1_000);
    expect(() => parse(script, { ecmaVersion: 2017, sourceType: 'script' })).not.toThrow();
    // What came later than Chrome 64 and no syntax check sees.
    expect(script).not.toMatch(
      /\.(replaceAll|matchAll|flatMap|flat|allSettled|at|hasOwn|fromEntries)\(|structuredClone/,
    );
  }, 30_000);

  it('would be refused with newer syntax [the check itself]', () => {
    for (const newer of ['const { a, ...b } = c', 'a?.b', 'a ?? b', 'class A { b = 1 }'])
      expect(() => parse(newer, { ecmaVersion: 2017, sourceType: 'script' }), newer).toThrow();
  });
});
