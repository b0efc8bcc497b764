import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownPath } from '../../src/relying-party/sign-in-routes.js';

describe('where a sign-in may lead', () => {
  it.each(['/', '/students?q=a', '/staff'])('is a path of this service [%s]', (path) => {
    expect(ownPath(path)).toBe(path);
  });
  it.each([
    '//evil.example',
    '/\\evil.example',
    '/..//evil.example',
    'https://evil.example',
    '',
    'x',
    '/a\\b',
    '/\t/x',
  ])('is nothing a browser could read as another site [%j]', (path) => {
    expect(ownPath(path)).toBeUndefined();
  });
  it('never leaves the origin', () => {
    fc.assert(
      fc.property(fc.string(), (rest) => {
        const path = ownPath(`/${rest}`);
        if (path !== undefined) expect(new URL(path, 'http://own.example').origin).toBe('http://own.example');
      }),
    );
  });
});
