import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignedBy } from '../../../src/domain/passkeys/check-assertion.js';
import { readClientData } from '../../../src/domain/passkeys/client-data.js';
import { mayChangeWaysIn, methodsOf, parsePasskeyName } from '../../../src/domain/passkeys/passkey.js';
import { zAssertion, zRegistration } from '../../../src/domain/passkeys/z-responses.js';
import { offeredWays } from '../../../src/http/sign-in/offered-ways.js';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const good = { type: 'webauthn.get', challenge: 'A'.repeat(43), origin: 'https://idp.example', crossOrigin: false };

describe('client data', () => {
  it('is read, with members nobody knows', () => {
    expect(readClientData(encode({ ...good, other_keys_can_be_added_here: 1 }))).toEqual({
      type: good.type,
      challenge: good.challenge,
      origin: good.origin,
    });
  });
  it.each<[string, unknown]>([
    ['crossOrigin', { ...good, crossOrigin: true }],
    ['crossOrigin as a word', { ...good, crossOrigin: 'false' }],
    ['topOrigin', { ...good, topOrigin: 'https://idp.example' }],
    ['topOrigin null', { ...good, topOrigin: null }],
    ['short challenge', { ...good, challenge: 'A'.repeat(42) }],
    ['padded challenge', { ...good, challenge: `${'A'.repeat(43)}=` }],
    ['no origin', { ...good, origin: undefined }],
    ['a list', [good]],
    ['null', null],
  ])('is refused [%s]', (_name, value) => {
    expect(readClientData(encode(value))).toBeUndefined();
  });
  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
          fc.json().map((text) => Buffer.from(text).toString('base64url')),
        ),
        (text) => {
          readClientData(text);
        },
      ),
    );
  });
});

describe('answers of authenticators', () => {
  it('of any other shape are refused, without throwing', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        (value) => !zAssertion.safeParse(value).success && !zRegistration.safeParse(value).success,
      ),
    );
  });
  it('with a key that is none verify nothing', async () => {
    expect(await isSignedBy(Uint8Array.from([0xa1, 0x01, 0x02]), new Uint8Array(1), new Uint8Array(1))).toBe(false);
  });
});

describe('changing the ways in', () => {
  const synced = { level: 'synced-passkey' } as const;
  const bound = { level: 'device-passkey' } as const;
  const role = { roles: [{ role: 'registrar', scopeKind: 'university', scopeValue: '' }] } as const;
  it.each([
    ['first passkey after a password', 'password', { roles: [] }, [], true],
    ['password where there is a passkey', 'password', { roles: [] }, [synced], false],
    ['synced where there is a bound one, no roles', 'synced-passkey', { roles: [] }, [bound], true],
    ['synced where there is a bound one, with roles', 'synced-passkey', role, [bound, synced], false],
    ['bound, with roles', 'device-passkey', role, [bound], true],
    ['student ID', 'wallet-presentation', role, [bound], true],
    ['synced, with roles and no bound one', 'synced-passkey', role, [synced], true],
  ] as const)('needs the strongest proof there is [%s]', (_name, held, account, passkeys, expected) => {
    expect(mayChangeWaysIn(held, account, passkeys)).toBe(expected);
  });
});

describe('names of passkeys', () => {
  it('are one line, trimmed', () => {
    expect(parsePasskeyName('  我的\u200b手机\n ')).toBe('我的手机');
    expect(methodsOf('device-passkey')).toEqual(['hwk', 'user']);
  });
  it.each(['', '   ', '\u200b', 'x'.repeat(61)])('are refused [%j]', (text) => {
    expect(parsePasskeyName(text)).toBeUndefined();
  });
});

describe('ways that are offered', () => {
  const of = (needed: 'password' | 'synced-passkey' | 'device-passkey' | 'wallet-presentation', people = 'all') =>
    offeredWays({ needed, party: { people } } as never, true);
  it('reach what is needed, and no others', () => {
    expect(of('password')).toMatchObject({ passkey: true, password: true, wallet: true, codes: true, note: undefined });
    expect(of('synced-passkey')).toMatchObject({ passkey: true, password: false });
    expect(of('device-passkey').note?.zh).toContain('绑定');
    expect(of('wallet-presentation')).toMatchObject({
      passkey: false,
      password: false,
      codes: false,
      walletFirst: true,
    });
    expect(of('device-passkey', 'staff').wallet).toBe(false);
  });
  it('are without a password where the installation has none', () => {
    expect(offeredWays({ needed: 'password', party: { people: 'all' } } as never, false).password).toBe(false);
  });
});
