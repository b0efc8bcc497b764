import { SIGN_IN_PROBLEMS } from '@lanyard/platform';
import { describe, expect, it } from 'vitest';
import { chooseLanguage } from '../../../packages/look/src/staff/language.js';
import { VERDICT_TONES } from '../../../packages/look/src/staff/verdict-sound.js';
import { deskRoles } from '../../src/domain/staff/desk-roles.js';
import { createSameCode } from '../../web/src/same-code.js';
import { en } from '../../web/src/texts/en.js';
import { roleText } from '../../web/src/texts/roles.js';
import { signInProblem } from '../../web/src/texts/sign-in-problems.js';
import { zh } from '../../web/src/texts/zh.js';
import { createWedge } from '../../web/src/wedge.js';

function type(text: string, gapMs: number, wedge = createWedge()): string | undefined {
  let atMs = 1_000;
  let code: string | undefined;
  for (const key of [...text, 'Enter']) {
    atMs += gapMs;
    code = wedge({ key, atMs });
  }
  return code;
}

describe('a keyboard wedge', () => {
  const code = 'LY1:ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  it('is put together from presses that follow at once', () => {
    expect(type(code, 5)).toBe(code);
  });
  it('is whole on a busy computer too', () => {
    expect(type(code, 500)).toBe(code);
  });
  it('is not a person who types slowly', () => {
    expect(type(code, 700)).toBeUndefined();
  });
  it('is not a short word and Enter', () => {
    expect(type('hello', 5)).toBeUndefined();
  });
  it('leaves out keys that are not characters', () => {
    const wedge = createWedge();
    for (const [index, key] of ['Shift', ...code].entries()) wedge({ key, atMs: index * 5 });
    expect(wedge({ key: 'Enter', atMs: (code.length + 1) * 5 })).toBe(code);
  });
  it('begins anew after Enter', () => {
    const wedge = createWedge();
    expect(type(code, 5, wedge)).toBe(code);
    expect(wedge({ key: 'Enter', atMs: 1_300 })).toBeUndefined();
  });
});

describe('a code in front of the camera', () => {
  it('is handed in once while it stays, and again after half a minute without it', () => {
    let now = 0;
    const isSame = createSameCode(() => now);
    expect(isSame('a')).toBe(false);
    now = 29_000;
    expect(isSame('a')).toBe(true);
    now = 58_000;
    expect(isSame('a')).toBe(true);
    now = 88_001;
    expect(isSame('a')).toBe(false);
  });
  it('does not hold up another code', () => {
    const isSame = createSameCode(() => 0);
    isSame('a');
    expect(isSame('b')).toBe(false);
  });
});

describe('texts and tones of the staff page', () => {
  it('exist in both languages and take the same values', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect(values(en[key]), key).toEqual(values(zh[key]));
  });
  it('tell the three verdicts apart by number and pitch', () => {
    const heard = Object.values(VERDICT_TONES).map((tone) => `${tone.times} ${tone.hertz}`);
    expect(heard).toEqual(['1 880', '2 220', '3 440']);
  });
});

describe('signing in to the desk', () => {
  it('says why it did not work, for every reason there is and nothing an address makes up', () => {
    for (const code of Object.keys(SIGN_IN_PROBLEMS)) expect(signInProblem(code)?.code).toBe(code);
    for (const code of ['', '<b>', 'constructor', 'hello']) expect(signInProblem(code)).toBeUndefined();
  });
  it('names role and scope in words', () => {
    chooseLanguage('en');
    expect([roleText('guard@campus:花都校区'), roleText('operator@university')]).toEqual([
      'Guard (花都校区)',
      'Operator (whole university)',
    ]);
  });
  const role = (name: string, scopeKind: string, scopeValue = '') => ({ role: name, scopeKind, scopeValue });
  it.each([
    [role('guard', 'campus', '花都校区'), 'guard@campus:花都校区'],
    [role('guard', 'university'), 'guard@university'],
    [role('window-clerk', 'building', '行政楼'), 'window-clerk@building:行政楼'],
    [role('operator', 'university'), 'operator@university'],
  ])('takes %j', (given, text) => {
    expect(deskRoles([given])).toEqual([text]);
  });
  it.each([
    ['an operator of a part', role('operator', 'college', '文学院')],
    ['a guard of a class', role('guard', 'class', '1 班')],
    ['another role', role('registrar', 'university')],
    ['a name of the language', role('constructor', 'university')],
  ])('does not take %s', (_what, given) => {
    expect(deskRoles([given])).toEqual([]);
  });
});
