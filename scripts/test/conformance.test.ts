import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
// @ts-expect-error a plain script without types
import { conformanceDocument, untested } from '../lib/conformance.mjs';

it('says which test shows which rule, and is up to date', () => {
  const written = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8');
  expect(written).toBe(conformanceDocument());
});

it('leaves no rule of the checklist without a test', () => {
  expect(untested()).toEqual([]);
});
