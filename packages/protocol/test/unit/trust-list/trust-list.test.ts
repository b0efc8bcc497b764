import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigner, generateKeyPair, nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { signJws } from '../../../src/jws/create-jws.js';
import {
  acceptTrustList,
  assembleTrustList,
  encodeTrustList,
  findTrustedIssuer,
  findTrustedUniversity,
  isRetired,
  pinTrustListOperator,
  prepareTrustList,
  readStoredTrustAnchor,
  storedTrustAnchor,
  type TrustAnchor,
  type TrustEntry,
  type TrustList,
  TrustListError,
} from '../../../src/trust-list/index.js';

const NOW = 1_790_000_000;
const operator = generateKeyPair();
const successor = generateKeyPair();
const stranger = generateKeyPair();
const pin = pinTrustListOperator(operator.compressed, nodeCrypto.sha256);

const entry = (more: Partial<TrustEntry> = {}): TrustEntry => ({
  universityCode: '4199090001',
  names: { zh: '示例大学', en: 'Example University' },
  issuerUrl: 'https://issuer.example.edu.cn',
  anchors: [Uint8Array.of(0x30, 0x03, 1, 2, 3)],
  readerAnchors: [Uint8Array.of(0x30, 0x03, 4, 5, 6)],
  state: 'active',
  sinceSeconds: NOW - 100,
  retired: [],
  passKeysUrl: 'https://issuer.example.edu.cn/pass-keys',
  statusAggregateUrl: 'https://issuer.example.edu.cn/pass-lists',
  ...more,
});
const list = (more: Partial<TrustList> = {}): TrustList => ({
  sequence: 1,
  issuedAtSeconds: NOW - 60,
  nextUpdateSeconds: NOW + 86_400,
  expiresSeconds: NOW + 30 * 86_400,
  previousDigest: undefined,
  nextKeyDigest: undefined,
  entries: [entry()],
  ...more,
});
function signed(content: TrustList, key = operator): string {
  const prepared = prepareTrustList(content, key.jwk as never);
  return assembleTrustList(prepared, createSigner(key.privateKey)(prepared.signingInput));
}
const take = (compact: string, state: TrustAnchor = pin, nowSeconds = NOW) =>
  acceptTrustList(compact, state, { nowSeconds, crypto: nodeCrypto });
const digestOf = (compact: string) => nodeCrypto.sha256(new TextEncoder().encode(compact));
function codeOf(work: () => unknown): string {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (error instanceof TrustListError) return error.code;
    throw error;
  }
}
/** A list signed by the operator whose payload is not what our writer makes. */
const odd = (change: (payload: Record<string, unknown>) => void, header: object = {}) => {
  const payload = structuredClone(encodeTrustList(list())) as Record<string, unknown>;
  change(payload);
  const { kty, crv, x, y } = operator.jwk as never as Record<string, string>;
  return signJws(
    { typ: 'lanyard-trust-list+jwt', jwk: { kty, crv, x, y }, ...header },
    payload,
    createSigner(operator.privateKey),
  );
};
const first = (payload: Record<string, unknown>) => (payload['universities'] as Record<string, unknown>[])[0] ?? {};

describe('trust list', () => {
  it('is taken with all it says', () => {
    const { list: taken, state } = take(signed(list()));
    expect(taken.entries).toEqual([entry()]);
    expect(state).toMatchObject({ sequence: 1 });
    expect(readStoredTrustAnchor(JSON.parse(JSON.stringify(storedTrustAnchor(state))))).toEqual(state);
  });

  it('is taken again in the same words, and when it is the next that names the one before', () => {
    const one = signed(list());
    const { state } = take(one);
    expect(take(one, state).state).toEqual(state);
    expect(take(signed(list({ sequence: 2, previousDigest: digestOf(one) })), state).state.sequence).toBe(2);
  });

  it('may be a later one when some were missed', () => {
    const { state } = take(signed(list()));
    expect(take(signed(list({ sequence: 9, previousDigest: new Uint8Array(32) })), state).state.sequence).toBe(9);
  });

  it.each([
    ['another operator’s key', () => signed(list(), stranger), 'trust-list-key-unknown'],
    ['a changed character of the signature', () => flip(signed(list())), 'trust-list-signature-invalid'],
    ['no list at all', () => 'hello', 'trust-list-malformed'],
    ['more than 4 MiB', () => 'a'.repeat(4 * 1024 * 1024 + 1), 'trust-list-too-large'],
    ['another type of token', () => odd(() => undefined, { typ: 'jwt' }), 'trust-list-signature-invalid'],
    [
      'a private key in the header',
      () => odd(() => undefined, { jwk: { ...operator.jwk, d: 'AA' } }),
      'trust-list-malformed',
    ],
    ['issued tomorrow', () => signed(list({ issuedAtSeconds: NOW + 3_600 })), 'trust-list-in-the-future'],
    ['past its end', () => signed(list({ expiresSeconds: NOW, nextUpdateSeconds: NOW })), 'trust-list-expired'],
  ])('is refused for %s', (_, make, code) => {
    expect(codeOf(() => take(make()))).toBe(code);
  });

  it.each([
    ['a sequence of zero', (p: Record<string, unknown>) => Object.assign(p, { sequence: 0 })],
    ['no end', (p: Record<string, unknown>) => delete p['exp']],
    ['an end before its next update', (p: Record<string, unknown>) => Object.assign(p, { exp: NOW })],
    ['universities that are no array', (p: Record<string, unknown>) => Object.assign(p, { universities: {} })],
    [
      'a code of nine digits',
      (p: Record<string, unknown>) => Object.assign(first(p), { university_code: '419909000' }),
    ],
    [
      'an issuer with a path',
      (p: Record<string, unknown>) => Object.assign(first(p), { issuer: 'https://a.example/x' }),
    ],
    [
      'an issuer with a slash at its end',
      (p: Record<string, unknown>) => Object.assign(first(p), { issuer: 'https://a.example/' }),
    ],
    [
      'an issuer with a user',
      (p: Record<string, unknown>) => Object.assign(first(p), { issuer: 'https://u@a.example' }),
    ],
    [
      'an address of another scheme',
      (p: Record<string, unknown>) => Object.assign(first(p), { pass_keys: 'file:///etc/passwd' }),
    ],
    ['no anchor', (p: Record<string, unknown>) => Object.assign(first(p), { anchors: [] })],
    ['an anchor that is no base64url', (p: Record<string, unknown>) => Object.assign(first(p), { anchors: ['MA=='] })],
    ['an unknown state', (p: Record<string, unknown>) => Object.assign(first(p), { state: 'fine' })],
    [
      'a retired signer of seven bytes',
      (p: Record<string, unknown>) => Object.assign(first(p), { retired: [{ kid: 'AAAAAAAAAA', since: 1 }] }),
    ],
    [
      'one code twice',
      (p: Record<string, unknown>) =>
        (p['universities'] as unknown[]).push({ ...first(p), issuer: 'https://b.example' }),
    ],
    [
      'one issuer for two codes',
      (p: Record<string, unknown>) =>
        (p['universities'] as unknown[]).push({ ...first(p), university_code: '4199090002' }),
    ],
  ])('is malformed with %s', (_, change) => {
    expect(codeOf(() => take(odd(change)))).toBe('trust-list-malformed');
  });

  it('is refused with an alarm where it goes back, forks or breaks the chain', () => {
    const { state } = take(signed(list({ sequence: 5 })));
    expect(codeOf(() => take(signed(list({ sequence: 4 })), state))).toBe('trust-list-rolled-back');
    expect(codeOf(() => take(signed(list({ sequence: 5, entries: [] })), state))).toBe('trust-list-forked');
    expect(codeOf(() => take(signed(list({ sequence: 6 })), state))).toBe('trust-list-chain-broken');
    expect(codeOf(() => take(signed(list({ sequence: 6, previousDigest: new Uint8Array(32) })), state))).toBe(
      'trust-list-chain-broken',
    );
  });

  it('passes to the key it announced, and not back to the old one', () => {
    const one = signed(list({ nextKeyDigest: nodeCrypto.sha256(successor.compressed) }));
    const { state } = take(one);
    const two = signed(list({ sequence: 2, previousDigest: digestOf(one) }), successor);
    const after = take(two, state).state;
    expect(after.keyDigest).toEqual(nodeCrypto.sha256(successor.compressed));
    const three = list({ sequence: 3, previousDigest: digestOf(two) });
    expect(codeOf(() => take(signed(three), after))).toBe('trust-list-key-unknown');
    expect(codeOf(() => take(signed(list(), successor)))).toBe('trust-list-key-unknown');
  });

  it('throws nothing but its own errors, whatever it is given', () => {
    const compact = signed(list());
    fc.assert(
      fc.property(fc.nat(compact.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const changed = compact.slice(0, at) + character + compact.slice(at + 1);
        expect(codeOf(() => take(changed))).toMatch(changed === compact ? /^accepted$/ : /^trust-list-/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('issuer in the trust list', () => {
  const content = list({
    entries: [
      entry(),
      entry({ universityCode: '4199090002', issuerUrl: 'https://b.example', state: 'suspended' }),
      entry({ universityCode: '4199090003', issuerUrl: 'https://c.example', state: 'withdrawn' }),
    ],
  });
  const refusal = (url: string, now = NOW) => {
    const found = findTrustedIssuer(content, url, now);
    return 'refusal' in found ? found.refusal : found.entry.universityCode;
  };

  it('is found by its URL, byte for byte, and by its code', () => {
    expect(refusal('https://issuer.example.edu.cn')).toBe('4199090001');
    expect(refusal('https://issuer.example.edu.cn/')).toBe('issuer-unknown');
    expect(findTrustedUniversity(content, '4199090001', NOW)).toHaveProperty('entry');
    expect(findTrustedUniversity(content, '4199090009', NOW)).toEqual({ refusal: 'issuer-unknown' });
  });

  it.each([
    ['suspended', 'https://b.example', 'issuer-suspended'],
    ['withdrawn', 'https://c.example', 'issuer-withdrawn'],
  ])('is refused when %s, also after the list has ended', (_, url, code) => {
    expect(refusal(url)).toBe(code);
    expect(refusal(url, content.expiresSeconds)).toBe(code);
  });

  it('is undecided once the list has ended, known or not', () => {
    expect(refusal('https://issuer.example.edu.cn', content.expiresSeconds)).toBe('trust-list-expired');
    expect(refusal('https://nobody.example', content.expiresSeconds)).toBe('trust-list-expired');
  });

  it('names signers that are retired', () => {
    const troubled = entry({ retired: [{ kid: 'AAAAAAAAAAA', sinceSeconds: NOW }] });
    expect(isRetired(troubled, 'AAAAAAAAAAA')).toBe(true);
    expect(isRetired(troubled, 'AAAAAAAAAAE')).toBe(false);
  });
});

function flip(compact: string): string {
  const dot = compact.lastIndexOf('.');
  const old = compact[dot + 5];
  return compact.slice(0, dot + 5) + (old === 'A' ? 'B' : 'A') + compact.slice(dot + 6);
}
