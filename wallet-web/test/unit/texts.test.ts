import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasonKey } from '../../web/src/texts/state.js';
import { type TextTable, translator } from '../../web/src/texts/translate.js';

const source = new URL('../../web/src/', import.meta.url).pathname;
const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
  );
const code = files(source)
  .filter((file) => file.endsWith('.ts') && !file.includes('/texts/'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
/** Keys that are put together at run time look like this. */
const COMPOSED =
  /^(problem|reason|level|step|tab|claim|form|sex|purpose|look|missing|kind|asker|result|state|field)-|^(gate|portable)-code$/;

const tables: [string, TextTable][] = [];
for (const name of readdirSync(join(source, 'texts')).filter((file) => file !== 'translate.ts')) {
  const module = (await import(join(source, 'texts', name))) as Record<string, unknown>;
  for (const [key, value] of Object.entries(module)) if (key.endsWith('Texts')) tables.push([name, value as TextTable]);
}

describe.each(tables)('texts of %s', (_name, table) => {
  it('has both languages for every key, with the same values to fill in', () => {
    const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();
    for (const [key, [zh, en]] of Object.entries(table)) {
      expect([key, zh.trim() !== '', en.trim() !== '']).toEqual([key, true, true]);
      expect([key, holes(en)]).toEqual([key, holes(zh)]);
    }
  });
  it('keeps no key that no page uses', () => {
    const unused = Object.keys(table).filter(
      (key) => !COMPOSED.test(key) && !code.includes(`'${key}'`) && !code.includes(`${key}:`),
    );
    expect(unused).toEqual([]);
  });
  it('speaks plainly [no exclamation marks, no 您]', () => {
    for (const texts of Object.values(table)) for (const text of texts) expect(text).not.toMatch(/[!！您]/);
  });
});

describe('translator', () => {
  it('fills values in and leaves a missing one empty', () => {
    const t = translator({ a: ['甲 {x}{y}', 'A {x}{y}'] } as const, 'zh');
    expect([t('a', { x: 1 }), t('a')]).toEqual(['甲 1', '甲 ']);
  });
});

it.each(['lost-phone', 'graduated'])('names the reason of a hold [%s]', (reason) => {
  expect(reasonKey(reason)).toBe(`reason-${reason}`);
});
it.each(['something-new', undefined, 'constructor'])('has words for a reason it does not know [%s]', (reason) => {
  expect(reasonKey(reason)).toBe('reason-unknown');
});
