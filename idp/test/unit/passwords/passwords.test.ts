import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCommonPasswords } from '../../../src/domain/passwords/common-passwords.js';
import { createPasswordHashing } from '../../../src/domain/passwords/hash-password.js';
import { checkNewPassword, normalisePassword } from '../../../src/domain/passwords/password-rules.js';
import { openBreachedPasswords } from '../../../src/storage/breached-passwords.js';

const isCommon = createCommonPasswords();
const parts = { isCommon, personal: ['9202310000001', '测试甲子'] };

describe('a new password', () => {
  it.each(['teal otter reads maps', '图书馆北门第三棵银杏树', 'x9#kQz!72mWd'])('is taken [%s]', (text) => {
    expect(checkNewPassword(text, parts)).toEqual({ password: text.normalize('NFC') });
  });
  it.each([
    ['password-too-short', 'nine char'],
    ['password-too-short', '银杏树'],
    ['password-too-long', 'ab3'.repeat(43)],
    ['password-common', 'password123'],
    ['password-common', '!!Liverpool99!!'],
    ['password-common', '0123456789'],
    ['password-common', '98765432109'],
    ['password-common', 'ababababab'],
    ['password-personal', 'me-9202310000001'],
    ['password-personal', '我是测试甲子呀你好吗'],
  ])('is refused [%s: %s]', (code, text) => {
    expect(checkNewPassword(text, parts)).toEqual({ refused: code });
  });
  it('counts signs, not bytes or halves of them', () => {
    expect(normalisePassword('𠮷'.repeat(128))).toHaveLength(256);
    expect(normalisePassword('𠮷'.repeat(129))).toBeUndefined();
  });
  it('is the same for every way to compose it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        (text) => normalisePassword(text.normalize('NFD')) === normalisePassword(text.normalize('NFC')),
      ),
    );
  });
});

describe('the file of leaked passwords', () => {
  it('finds each of its lines and nothing else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanyard-breached-'));
    const words = Array.from({ length: 1_000 }, (_, index) => `leaked ${index}`);
    const lines = words.map(
      (word, index) => `${createHash('sha1').update(word).digest('hex').toUpperCase()}:${index * 7_919}`,
    );
    for (const [name, end] of [
      ['lf', '\n'],
      ['crlf', '\r\n'],
    ] as const) {
      const path = join(folder, name);
      writeFileSync(path, lines.sort().join(end) + end);
      const isBreached = openBreachedPasswords(path);
      expect(words.filter((word) => !isBreached(word))).toEqual([]);
      expect(Array.from({ length: 1_000 }, (_, index) => `other ${index}`).filter(isBreached)).toEqual([]);
    }
    rmSync(folder, { recursive: true });
  });
  it('may be missing from the configuration, or empty', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanyard-breached-'));
    writeFileSync(join(folder, 'empty'), '');
    expect(openBreachedPasswords('')('x')).toBe(false);
    expect(openBreachedPasswords(join(folder, 'empty'))('x')).toBe(false);
    rmSync(folder, { recursive: true });
  });
  it('stops the start where it is named and not there', () => {
    expect(() => openBreachedPasswords('/nowhere/at/all')).toThrow();
  });
});

describe('hashing', () => {
  it('accepts the password, refuses others and the account without one', async () => {
    const hashing = await createPasswordHashing();
    const kept = String(await hashing.make('teal otter reads maps'));
    expect(await hashing.check(kept, 'teal otter reads maps')).toBe(true);
    expect(await hashing.check(kept, 'teal otter reads map')).toBe(false);
    expect(await hashing.check(undefined, 'nobody has this password')).toBe(false);
  });
  it('works on two at once, lets twenty wait and sends the rest away', async () => {
    const hashing = await createPasswordHashing();
    const all = await Promise.all(Array.from({ length: 40 }, () => hashing.check(undefined, 'x')));
    expect(all.filter((one) => one === 'busy')).toHaveLength(18);
    expect(await hashing.check(undefined, 'x')).toBe(false);
  });
});
