import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64urlJson, type JsonObject, type JsonValue } from '../../../src/base64url/strict-json.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { signJws } from '../../../src/jws/create-jws.js';
import { createSdJwt, type SdTree, selective, withDecoys } from '../../../src/sd-jwt/create-sd-jwt.js';
import { digestTextWith } from '../../../src/sd-jwt/digest-text.js';
import { DEFAULT_SD_JWT_LIMITS, parseSdJwt } from '../../../src/sd-jwt/parse-sd-jwt.js';
import { presentSdJwt } from '../../../src/sd-jwt/present-sd-jwt.js';
import { processDisclosures } from '../../../src/sd-jwt/process-disclosures.js';
import { createSaltSource } from '../../../src/sd-jwt/salt-source.js';
import { codeOf } from '../jws/support.js';
import { digestText, fixedSalts, issue, issuer, receive } from './support.js';

/** An SD-JWT with any payload and any disclosures, for what our own issuer would never make. */
function forge(payload: object, disclosures: readonly string[]): string {
  return `${[signJws({}, payload, issuer.sign), ...disclosures].join('~')}~`;
}
const disclose = (...elements: JsonValue[]) => encodeBase64urlJson(elements);
function outcome(compact: string, limits = DEFAULT_SD_JWT_LIMITS): string {
  return codeOf(() => {
    const sdJwt = parseSdJwt(compact, digestText, limits);
    processDisclosures(sdJwt.payload, sdJwt.disclosures, limits);
  });
}
const member = disclose('salt', 'age', 20);
const element = disclose('salt', 'CN');
const [memberDigest, elementDigest] = [member, element].map(digestText) as [string, string];

describe('processing disclosures [MUST 21]', () => {
  it('puts members and elements in their places and leaves no trace of SD-JWT', () => {
    const compact = forge({ _sd_alg: 'sha-256', _sd: [memberDigest], n: ['x', { '...': elementDigest }, 'y'] }, [
      element,
      member,
    ]);
    const { claims, disclosed } = processDisclosures(receive(compact).payload, receive(compact).disclosures);
    expect(claims).toEqual({ age: 20, n: ['x', 'CN', 'y'] });
    expect(disclosed.map(({ path }) => path)).toEqual(expect.arrayContaining([['age'], ['n', 1]]));
  });

  it('gives back whatever was issued, all or nothing disclosed [any tree]', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4 }),
      ),
    }));
    const mark = (value: JsonValue, seed: number): SdTree => {
      if (Array.isArray(value))
        return value.map((item, at) => (((seed >> at) & 1) === 1 ? selective(mark(item, seed + 7)) : mark(item, seed)));
      if (typeof value !== 'object' || value === null) return value as SdTree;
      const entries = Object.entries(value).map(([name, item], at) => [
        name,
        ((seed >> at) & 1) === 1 ? selective(mark(item, seed + 3)) : mark(item, seed),
      ]);
      return withDecoys(Object.fromEntries(entries) as SdTree, seed % 3);
    };
    const reserved = /"(_sd|_sd_alg|\.\.\.|__proto__)":/;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), tree, { maxKeys: 5 }), fc.nat(255), (claims, seed) => {
        fc.pre(!reserved.test(JSON.stringify(claims)));
        const plain = JSON.parse(JSON.stringify(claims));
        const compact = createSdJwt({}, mark(plain, seed) as never, {
          salts: fixedSalts(),
          digestText,
          sign: issuer.sign,
        });
        const sdJwt = receive(compact);
        expect(processDisclosures(sdJwt.payload, sdJwt.disclosures).claims).toEqual(plain);
        const none = receive(presentSdJwt(sdJwt, () => false));
        expect(none.disclosures).toHaveLength(0);
        expect(outcome(presentSdJwt(sdJwt, () => false))).toBe('accepted');
      }),
    );
  });

  it('refuses a disclosure that no digest refers to [beside good ones], [alone], [hidden in an undisclosed parent]', () => {
    expect(outcome(forge({ _sd: [memberDigest] }, [member, element]))).toBe('disclosure-orphan');
    expect(outcome(forge({}, [member]))).toBe('disclosure-orphan');
    const parent = disclose('s', 'parent', { _sd: [memberDigest] });
    expect(outcome(forge({ _sd: [digestText(parent)] }, [parent, member]))).toBe('accepted');
    expect(outcome(forge({ _sd: [digestText(parent)] }, [member]))).toBe('disclosure-orphan');
  });

  it('refuses a digest that is met twice [same object], [two places], [without its disclosure], [in a disclosure]', () => {
    expect(outcome(forge({ _sd: [memberDigest, memberDigest] }, [member]))).toBe('digest-repeated');
    expect(outcome(forge({ _sd: [memberDigest], a: { _sd: [memberDigest] } }, [member]))).toBe('digest-repeated');
    expect(outcome(forge({ a: [{ '...': 'x' }, { '...': 'x' }] }, []))).toBe('digest-repeated');
    const parent = disclose('s', 'parent', { _sd: [memberDigest] });
    expect(outcome(forge({ _sd: [digestText(parent), memberDigest] }, [parent, member]))).toBe('digest-repeated');
  });

  it('refuses a disclosure that is sent twice [member], [element]', () => {
    expect(outcome(forge({ _sd: [memberDigest] }, [member, member]))).toBe('disclosure-repeated');
    expect(outcome(forge({ a: [{ '...': elementDigest }] }, [element, element]))).toBe('disclosure-repeated');
    const { payload, disclosures } = receive(forge({ _sd: [memberDigest] }, [member]));
    expect(codeOf(() => processDisclosures(payload, [...disclosures, ...disclosures]))).toBe('disclosure-repeated');
  });

  it.each(['_sd', '...', '__proto__'])('refuses the claim name %s in a disclosure', (name) => {
    const bad = disclose('salt', name, 'x');
    expect(outcome(forge({ _sd: [digestText(bad)] }, [bad]))).toBe('disclosure-name-forbidden');
  });

  it('refuses "..." outside an array element [payload], [disclosed value]', () => {
    expect(outcome(forge({ a: { '...': 'x' } }, []))).toBe('claim-name-reserved');
    const bad = disclose('salt', 'a', { '...': 'x' });
    expect(outcome(forge({ _sd: [digestText(bad)] }, [bad]))).toBe('claim-name-reserved');
  });

  it('refuses a claim name that exists [open claim], [two disclosures], [null value]', () => {
    expect(outcome(forge({ age: 19, _sd: [memberDigest] }, [member]))).toBe('claim-name-exists');
    const twin = disclose('other salt', 'age', 21);
    expect(outcome(forge({ _sd: [memberDigest, digestText(twin)] }, [member, twin]))).toBe('claim-name-exists');
    expect(outcome(forge({ age: null, _sd: [memberDigest] }, [member]))).toBe('claim-name-exists');
  });

  it('refuses a wrong number of elements [element as member], [member as element], [one], [four]', () => {
    expect(outcome(forge({ _sd: [elementDigest] }, [element]))).toBe('disclosure-element-count');
    expect(outcome(forge({ a: [{ '...': memberDigest }] }, [member]))).toBe('disclosure-element-count');
    for (const bad of [disclose('salt'), disclose('salt', 'a', 1, 2), disclose()]) {
      expect(outcome(forge({ _sd: [digestText(bad)] }, [bad]))).toBe('disclosure-element-count');
    }
  });

  it('refuses a salt or a name that is no text [number], [null], [object]', () => {
    for (const bad of [disclose(1, 'a', 1), disclose(null, 'a', 1)])
      expect(outcome(forge({}, [bad]))).toBe('disclosure-salt-malformed');
    for (const bad of [disclose('s', 1, 1), disclose('s', {}, 1)])
      expect(outcome(forge({}, [bad]))).toBe('disclosure-name-malformed');
  });

  it('refuses disclosures that are no base64url JSON array [alphabet], [object], [not JSON], [padding], [duplicate member]', () => {
    const ambiguous = Buffer.from('["s","a",{"x":1,"x":2}]').toString('base64url');
    for (const bad of ['*', encodeBase64urlJson({}), 'AAAA', `${member}=`, ambiguous]) {
      expect(outcome(forge({ _sd: [memberDigest] }, [bad]))).toBe('disclosure-malformed');
    }
  });

  it.each(['sha-512', 'SHA-256', 'sha3-256', '', null, 5])('refuses digest algorithm %s', (alg) => {
    expect(outcome(forge({ _sd_alg: alg }, []))).toBe('sd-alg-not-supported');
  });

  it('refuses malformed digests [_sd no array], [number in _sd], [number in "..."], [members beside "..."]', () => {
    for (const payload of [{ _sd: 'x' }, { _sd: [1] }, { a: [{ '...': 1 }] }, { a: [{ '...': 'x', b: 1 }] }]) {
      expect(outcome(forge(payload, []))).toBe('digest-malformed');
    }
  });

  it('refuses what is too large, too many or too deep [bytes], [disclosures], [chain of disclosures]', () => {
    expect(outcome(forge({ a: 'x'.repeat(140_000) }, []))).toBe('sd-jwt-too-large');
    const many = Array.from({ length: 257 }, (_, at) => disclose('s', `n${at}`, at));
    expect(outcome(forge({ _sd: many.map(digestText) }, many))).toBe('too-many-disclosures');
    expect(outcome(forge({ _sd: many.slice(1).map(digestText) }, many.slice(1)))).toBe('accepted');
    const chain = [disclose('s', 'n', 1)];
    for (let depth = 0; depth < 30; depth += 1)
      chain.push(disclose('s', 'n', { _sd: [digestText(chain.at(-1) ?? '')] }));
    expect(outcome(forge({ _sd: [digestText(chain.at(-1) ?? '')] }, chain))).toBe('sd-jwt-too-deep');
  });

  it('refuses a form that is no SD-JWT [no tilde], [empty disclosure]', () => {
    expect(outcome(signJws({}, {}, issuer.sign))).toBe('sd-jwt-malformed');
    expect(outcome(`${signJws({}, {}, issuer.sign)}~~`)).toBe('sd-jwt-malformed');
    expect(outcome('')).toBe('sd-jwt-malformed');
  });

  it('refuses with a typed error whatever it is given [one character changed]', () => {
    const compact = issue({ a: selective('x'), b: [selective({ c: selective(1) })] });
    fc.assert(
      fc.property(fc.nat(compact.length - 1), fc.constantFrom(...'AZ09-_.~='), (at, character) => {
        fc.pre(compact.charAt(at) !== character);
        const changed = compact.slice(0, at) + character + compact.slice(at + 1);
        expect(
          codeOf(() => {
            const sdJwt = receive(changed);
            processDisclosures(sdJwt.payload, sdJwt.disclosures);
          }),
        ).not.toBe('accepted');
      }),
    );
  });
});

describe('issuing and presenting', () => {
  const claims = {
    open: 1,
    name: selective('A'),
    address: selective({ city: selective('B'), country: selective('C') }),
    tags: [selective('x'), 'y', selective('z')],
  };
  const issued = () => receive(issue(claims));
  const shown = (selectors: (string | number | null)[][]): JsonObject => {
    const sdJwt = receive(presentSdJwt(issued(), selectors));
    return processDisclosures(sdJwt.payload, sdJwt.disclosures).claims;
  };

  it('presents a claim with everything within it and whatever it lies in', () => {
    expect(shown([])).toEqual({ open: 1, tags: ['y'] });
    expect(shown([['name'], ['open']])).toEqual({ open: 1, name: 'A', tags: ['y'] });
    expect(shown([['address']])).toEqual({ open: 1, address: { city: 'B', country: 'C' }, tags: ['y'] });
    expect(shown([['address', 'city']])).toEqual({ open: 1, address: { city: 'B' }, tags: ['y'] });
    expect(shown([['tags', 2]])).toEqual({ open: 1, tags: ['y', 'z'] });
    expect(shown([['tags', null]])).toEqual({ open: 1, tags: ['x', 'y', 'z'] });
  });

  it('refuses selectors that meet nothing [name], [index], [array step on an object], [name step on an array]', () => {
    for (const selector of [
      ['nothing'],
      ['tags', 9],
      ['address', null],
      ['tags', 'x'],
      ['address', 'city', 'deeper'],
    ]) {
      expect(codeOf(() => presentSdJwt(issued(), [selector]))).toBe('claim-not-found');
    }
  });

  it('sorts digests, salts every disclosure freshly and hides the number of claims behind decoys', () => {
    const compact = createSdJwt({}, withDecoys({ a: selective(1), b: selective(1) }, 5), {
      salts: fixedSalts(),
      digestText,
      sign: issuer.sign,
    });
    const { payload, disclosures } = receive(compact);
    const digests = payload._sd as string[];
    expect(digests).toHaveLength(7);
    expect([...digests].sort()).toEqual(digests);
    expect(new Set(disclosures.map(({ salt }) => salt)).size).toBe(2);
    for (const { salt } of disclosures) expect(Buffer.from(salt, 'base64url')).toHaveLength(18);
  });

  it('computes digests alike over bytes and over text', () => {
    expect(digestTextWith(nodeCrypto.sha256)(member)).toBe(memberDigest);
  });

  it('is a wrong call to name a claim _sd or "...", to mark the root, or to give too few random bytes', () => {
    const tools = { salts: fixedSalts(), digestText, sign: issuer.sign };
    for (const name of ['_sd', '...']) {
      expect(() => createSdJwt({}, { [name]: 1 }, tools)).toThrow(TypeError);
      expect(() => createSdJwt({}, { [name]: selective(1) }, tools)).toThrow(TypeError);
    }
    expect(() => createSdJwt({}, selective({}) as never, tools)).toThrow(TypeError);
    expect(() => createSaltSource(() => new Uint8Array(3))()).toThrow(TypeError);
  });

  it('never gives a salt twice [across draws]', () => {
    let counter = 0;
    const salts = createSaltSource((length) => Uint8Array.from({ length }, () => (counter++ * 2654435761) >>> 24));
    const seen = new Set(Array.from({ length: 200 }, () => salts()));
    expect(seen.size).toBe(200);
  });
});
