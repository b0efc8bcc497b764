import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
// @ts-expect-error a script without types
import { COUNTERMEASURES } from '../lib/countermeasures.mjs';

interface Countermeasure {
  row: string;
  what: string;
  file: string;
  find: string;
  replace: string;
}

describe('the list of countermeasures', () => {
  it.each((COUNTERMEASURES as Countermeasure[]).map((one) => [`${one.row}: ${one.what}`, one] as const))(
    'finds the place it takes out [%s]',
    (_, { file, find, replace }) => {
      const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      expect(source.split(find)).toHaveLength(2);
      expect(replace).not.toBe(find);
    },
  );
});
