import { describe, expect, it } from 'vitest';
import type { CborItem } from '../../../src/cbor/cbor-value.js';
import { decodeReceivedCbor } from '../../../src/cbor/decode-cbor.js';
import { encodeCbor } from '../../../src/cbor/encode-cbor.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import {
  createIssuerSigned,
  createMdocSigner,
  type IssuerSignedInput,
} from '../../../src/mdoc/create-issuer-signed.js';
import { jsonOfElements } from '../../../src/mdoc/elements.js';
import { encodeMdocElements } from '../../../src/mdoc/encode-elements.js';
import { DIGEST_ID_END, MDOC_MAX_BYTES } from '../../../src/mdoc/limits.js';
import { parseIssuerSigned } from '../../../src/mdoc/parse-issuer-signed.js';
import { verifyIssuerSigned } from '../../../src/mdoc/verify-issuer-signed.js';
import {
  type Change,
  codeOf,
  DOC_TYPE,
  fixedRandom,
  holderJwk,
  inside,
  issuedBytes,
  issuedCode,
  issuer,
  leaf,
  NAMESPACE,
  NOW,
  options,
  parsed,
  sha256,
  stranger,
} from './support.js';

const elements = encodeMdocElements(
  new Map([
    [
      NAMESPACE,
      new Map<string, CborItem>([
        ['name', '示例·同学'],
        ['birth_date', { tag: 1004, value: '2004-02-29' }],
        ['portrait', Uint8Array.of(0xff, 0xd8)],
        ['rail_interval', new Map([['from', '示例']])],
      ]),
    ],
    ['org.example.more', new Map<string, CborItem>([['sex', 1]])],
  ]),
);
const input: IssuerSignedInput = {
  docType: DOC_TYPE,
  elements,
  deviceKey: holderJwk,
  signer: createMdocSigner({ x5chain: [leaf] }),
  validity: { signedSeconds: NOW - 60, validFromSeconds: NOW - 60, validUntilSeconds: NOW + 60 },
  status: { uri: 'https://issuer.example/s/1', index: 3 },
  random: fixedRandom(),
  sha256,
};
const issue = (changes: Partial<IssuerSignedInput> = {}) =>
  createIssuerSigned({ ...input, ...changes, sign: issuer.sign });

describe('an mdoc of ours', () => {
  it('verifies, and says what was put in', () => {
    const mdoc = verifyIssuerSigned(parseIssuerSigned(issue()), options);
    expect(mdoc).toMatchObject({
      docType: DOC_TYPE,
      validity: input.validity,
      status: input.status,
      x5chain: [leaf],
    });
    expect(mdoc.deviceKey).toEqual(holderJwk);
    expect(jsonOfElements(mdoc.elements)).toEqual({
      [NAMESPACE]: {
        name: '示例·同学',
        birth_date: '2004-02-29',
        portrait: '_9g',
        rail_interval: { from: '示例' },
      },
      'org.example.more': { sex: 1 },
    });
  });

  it('is deterministic CBOR throughout [document], [MSO]', () => {
    const bytes = issue();
    const read = (encoded: Uint8Array) => decodeReceivedCbor(encoded, { maxBytes: 10_000, maxDepth: 12 });
    // Without the bytes as received, every tagged item is encoded anew.
    const anew = (one: CborItem): CborItem => {
      if (one instanceof Map) return new Map([...one].map(([name, value]) => [name, anew(value)]));
      if (Array.isArray(one)) return one.map(anew);
      if (typeof one !== 'object' || one === null || !('tag' in one)) return one;
      const { tag, value } = one;
      return { tag, value: tag === 24 ? encodeCbor(anew(read(value as Uint8Array))) : value };
    };
    expect(encodeCbor(anew(read(bytes)))).toEqual(bytes);
    const { payload } = parseIssuerSigned(bytes).issuerAuth;
    expect(encodeCbor(anew(read(payload)))).toEqual(payload);
    expect(issue({ random: fixedRandom('a') })).not.toEqual(issue({ random: fixedRandom('b') }));
  });

  it('has 32 random bytes of its own for each item and shuffled identifiers below 2^31 (MUST 25)', () => {
    const randoms = new Set<string>();
    const orders = new Set<string>();
    const random = fixedRandom('many');
    for (let copy = 0; copy < 40; copy++) {
      const { items, mso } = parseIssuerSigned(issue({ random }));
      const list = items.get(NAMESPACE)!;
      orders.add(list.map(({ digestId }) => digestId).join());
      expect([...mso.digests.get(NAMESPACE)!.keys()].sort()).toEqual([0, 1, 2, 3]);
      for (const { encoded } of list) {
        const at = Buffer.from(encoded).indexOf(Buffer.from('random'));
        randoms.add(Buffer.from(encoded.subarray(at + 8, at + 40)).toString('hex'));
      }
    }
    expect(randoms.size).toBe(160);
    expect(orders.size).toBeGreaterThan(10);
  });

  it('is not made of what nobody could read [times out of order], [fraction], [index], [no chain], [no elements]', () => {
    const validity = (changes: object) => () => issue({ validity: { ...input.validity, ...changes } });
    for (const act of [
      validity({ validFromSeconds: NOW - 61 }),
      validity({ validUntilSeconds: NOW - 60 }),
      validity({ signedSeconds: NOW - 60.5 }),
      validity({ validUntilSeconds: 1e15 }),
      () => issue({ status: { uri: 'x', index: -1 } }),
      () => issue({ status: { uri: 'x', index: 0.5 } }),
      () => createMdocSigner({ x5chain: [] }),
      () => createMdocSigner({ x5chain: [leaf, leaf, leaf, leaf] }),
      () => encodeMdocElements(new Map()),
      () => encodeMdocElements(new Map([['n', new Map<string, CborItem>([['half', 2.5]])]])),
      () => createIssuerSigned({ ...input, sign: () => new Uint8Array(63) }),
    ]) {
      expect(act).toThrow(TypeError);
    }
  });

  it('carries a chain as it is [one certificate], [two]', () => {
    const chain = [leaf, Uint8Array.of(0x30, 9)];
    expect(parseIssuerSigned(issue({ signer: createMdocSigner({ x5chain: chain }) })).x5chain).toEqual(chain);
    expect(parsed().x5chain).toEqual([leaf]);
  });
});

const mso =
  (...path: string[]) =>
  (name: string | number, value: CborItem | undefined): Change => ({
    mso: (fields) => {
      const at = inside(fields, ...path);
      if (value === undefined) at.delete(name);
      else at.set(name, value);
    },
  });
const member = mso();
const validity = mso('validityInfo');
const key = mso('deviceKeyInfo', 'deviceKey');
const item =
  (place: number) =>
  (name: string, value: CborItem | undefined): Change => ({
    items: (items) => {
      if (value === undefined) items[place]!.delete(name);
      else items[place]!.set(name, value);
    },
  });
const first = item(0);
const header = (map: Map<number, CborItem>): Change => ({ protectedBytes: encodeCbor(map) });
const date = (value: CborItem): CborItem => ({ tag: 0, value });

describe('an mdoc is refused', () => {
  it('never for nothing', () => {
    expect(issuedCode()).toBe('accepted');
  });

  const refused: [string, string, Change][] = [
    ['signed by a stranger', 'mdoc-issuer-signature-invalid', { issuerKey: stranger }],
    [
      'a payload changed under the old signature',
      'mdoc-issuer-signature-invalid',
      {
        payload: (payload) => {
          const changed = Buffer.from(payload);
          changed[changed.indexOf('idx') + 3] = 8;
          return new Uint8Array(changed);
        },
      },
    ],
    ['a chain nobody trusts', 'mdoc-unknown-issuer', { unprotected: new Map([[33, Uint8Array.of(1)]]) }],
    ['no chain', 'mdoc-chain-missing', { unprotected: new Map() }],
    ['an empty chain', 'mdoc-malformed', { unprotected: new Map([[33, []]]) }],
    ['a chain of four', 'mdoc-malformed', { unprotected: new Map([[33, [leaf, leaf, leaf, leaf]]]) }],
    ['a chain of texts', 'mdoc-malformed', { unprotected: new Map([[33, ['x', 'y']]]) }],
    ['ES384', 'mdoc-algorithm-not-supported', header(new Map([[1, -35]]))],
    ['EdDSA', 'mdoc-algorithm-not-supported', header(new Map([[1, -8]]))],
    ['no algorithm', 'mdoc-algorithm-not-supported', header(new Map())],
    [
      'an algorithm outside the signature',
      'mdoc-malformed',
      {
        protectedBytes: new Uint8Array(),
        unprotected: new Map<number, CborItem>([
          [1, -7],
          [33, leaf],
        ]),
      },
    ],
    [
      'a critical header',
      'mdoc-critical-header',
      header(
        new Map<number, CborItem>([
          [1, -7],
          [2, [99]],
        ]),
      ),
    ],
    ['version 2.0 of the MSO', 'mdoc-version-not-supported', member('version', '2.0')],
    ['no version of the MSO', 'mdoc-version-not-supported', member('version', undefined)],
    ['SHA-512', 'mdoc-digest-algorithm-not-supported', member('digestAlgorithm', 'SHA-512')],
    ['SHA-1', 'mdoc-digest-algorithm-not-supported', member('digestAlgorithm', 'SHA-1')],
    ['no type', 'mdoc-malformed', member('docType', undefined)],
    ['no digests', 'mdoc-malformed', member('valueDigests', undefined)],
    ['no device key', 'mdoc-malformed', mso('deviceKeyInfo')('deviceKey', undefined)],
    ['a device key on P-384', 'mdoc-device-key-malformed', key(-1 as never, 2)],
    ['a device key for EdDSA', 'mdoc-device-key-malformed', key(1 as never, 1)],
    ['a device key off the curve', 'mdoc-device-key-malformed', key(-3 as never, new Uint8Array(32).fill(1))],
    ['a device key with half a point', 'mdoc-device-key-malformed', key(-3 as never, true)],
    ['a device key with a short coordinate', 'mdoc-device-key-malformed', key(-2 as never, new Uint8Array(31))],
    ['a device key with its private part', 'mdoc-device-key-malformed', key(-4 as never, new Uint8Array(32))],
    ['a device key for another algorithm', 'mdoc-device-key-malformed', key(3 as never, -35)],
    ['a date without its tag', 'mdoc-validity-malformed', validity('signed', '2027-01-15T08:00:00Z')],
    ['a fraction of a second', 'mdoc-validity-malformed', validity('signed', date('2027-01-15T07:58:20.5Z'))],
    ['an offset', 'mdoc-validity-malformed', validity('signed', date('2027-01-15T15:58:20+08:00'))],
    ['a day that does not exist', 'mdoc-validity-malformed', validity('validUntil', date('2027-02-30T00:00:00Z'))],
    ['a number for a date', 'mdoc-validity-malformed', validity('validUntil', date(NOW + 100))],
    ['no end', 'mdoc-validity-malformed', validity('validUntil', undefined)],
    ['a start before it was signed', 'mdoc-validity-malformed', validity('signed', date('2027-01-15T08:00:00Z'))],
    ['an end before its start', 'mdoc-validity-malformed', validity('validUntil', date('2020-01-01T00:00:00Z'))],
    ['a status that is a text', 'mdoc-status-malformed', member('status', 'x')],
    ['another status mechanism', 'mdoc-status-not-supported', member('status', new Map([['identifier_list', 1]]))],
    ['a negative index', 'mdoc-status-malformed', mso('status', 'status_list')('idx', -1)],
    ['no list address', 'mdoc-status-malformed', mso('status', 'status_list')('uri', undefined)],
    ['a value that was changed', 'mdoc-digest-wrong', first('elementValue', 'somebody else')],
    ['a random that was changed', 'mdoc-digest-wrong', first('random', new Uint8Array(32))],
    ['a member that was added', 'mdoc-digest-wrong', first('more', 1)],
    ['an identifier without a digest', 'mdoc-digest-missing', first('digestID', 3)],
    ['two items with one digest', 'mdoc-digest-id-repeated', first('digestID', 1)],
    ['one element twice', 'mdoc-element-repeated', first('elementIdentifier', 'level')],
    ['a digest identifier of 2^31', 'mdoc-digest-id-malformed', first('digestID', DIGEST_ID_END)],
    ['a negative digest identifier', 'mdoc-digest-id-malformed', first('digestID', -1)],
    ['a digest identifier that is a text', 'mdoc-digest-id-malformed', first('digestID', '0')],
    [
      'a digest identifier of 2^31 that nothing uses',
      'mdoc-digest-id-malformed',
      mso('valueDigests', NAMESPACE)(DIGEST_ID_END, new Uint8Array(32)),
    ],
    ['a digest of 31 bytes', 'mdoc-malformed', mso('valueDigests', NAMESPACE)(9, new Uint8Array(31))],
    ['15 random bytes', 'mdoc-random-too-short', first('random', new Uint8Array(15))],
    ['a random text', 'mdoc-malformed', first('random', 'x'.repeat(32))],
    ['no value', 'mdoc-malformed', first('elementValue', undefined)],
    ['no element name', 'mdoc-malformed', first('elementIdentifier', undefined)],
    ['an element name of nothing', 'mdoc-malformed', first('elementIdentifier', '')],
    [
      'an item in clear',
      'mdoc-malformed',
      { issuerSigned: (fields) => fields.set('nameSpaces', new Map([[NAMESPACE, [new Map([['digestID', 0]])]]])) },
    ],
    [
      'an item with another tag',
      'mdoc-malformed',
      {
        issuerSigned: (fields) =>
          fields.set('nameSpaces', new Map([[NAMESPACE, [{ tag: 25, value: Uint8Array.of(0xa0) }]]])),
      },
    ],
    ['a namespace the MSO does not know', 'mdoc-digest-missing', mso('valueDigests')(NAMESPACE, undefined)],
    [
      'a tagged IssuerAuth',
      'mdoc-malformed',
      { issuerSigned: (fields) => fields.set('issuerAuth', { tag: 18, value: fields.get('issuerAuth')! }) },
    ],
    ['no IssuerAuth', 'mdoc-malformed', { issuerSigned: (fields) => void fields.delete('issuerAuth') }],
    ['a payload that is no encoded item', 'mdoc-malformed', { payload: () => Uint8Array.of(0xa0) }],
    [
      'namespaces without end',
      'mdoc-too-many-elements',
      {
        issuerSigned: (fields) =>
          fields.set('nameSpaces', new Map(Array.from({ length: 17 }, (_, at) => [`n${at}`, []]))),
      },
    ],
    [
      'elements without end',
      'mdoc-too-many-elements',
      { issuerSigned: (fields) => fields.set('nameSpaces', new Map([[NAMESPACE, Array(257).fill(0)]])) },
    ],
    [
      'digests without end',
      'mdoc-too-many-elements',
      member(
        'valueDigests',
        new Map([[NAMESPACE, new Map(Array.from({ length: 1025 }, (_, id) => [id, new Uint8Array(32)]))]]),
      ),
    ],
    [
      'digests of namespaces without end',
      'mdoc-too-many-elements',
      member('valueDigests', new Map(Array.from({ length: 17 }, (_, at) => [`n${at}`, new Map()]))),
    ],
  ];
  it.each(refused)('%s [%s]', (_name, code, change) => {
    expect(issuedCode(change)).toBe(code);
  });

  it('to the second [validFrom], [validUntil], [tolerance]', () => {
    const at = (nowSeconds: number, clockToleranceSeconds = 0) => issuedCode({}, { nowSeconds, clockToleranceSeconds });
    expect(at(NOW - 100)).toBe('accepted');
    expect(at(NOW - 101)).toBe('mdoc-not-yet-valid');
    expect(at(NOW - 101, 1)).toBe('accepted');
    expect(at(NOW + 99)).toBe('accepted');
    expect(at(NOW + 100)).toBe('mdoc-expired');
    expect(at(NOW + 100, 1)).toBe('accepted');
  });

  it('as a type nobody asked for [one of several], [none]', () => {
    expect(issuedCode({}, { acceptedDocTypes: ['org.other', DOC_TYPE] })).toBe('accepted');
    expect(issuedCode({}, { acceptedDocTypes: ['org.other'] })).toBe('mdoc-doc-type-not-accepted');
    expect(issuedCode({}, { acceptedDocTypes: [] })).toBe('mdoc-doc-type-not-accepted');
  });

  it('before it is read where it is too large, and for bytes behind it or missing', () => {
    const bytes = issuedBytes();
    expect(codeOf(() => parseIssuerSigned(new Uint8Array(MDOC_MAX_BYTES + 1)))).toBe('mdoc-too-large');
    expect(codeOf(() => parseIssuerSigned(Buffer.concat([bytes, Buffer.of(0)])))).toBe('mdoc-malformed');
    expect(codeOf(() => parseIssuerSigned(bytes.subarray(0, -1)))).toBe('mdoc-malformed');
    expect(codeOf(() => parseIssuerSigned(new Uint8Array(0)))).toBe('mdoc-malformed');
    expect(codeOf(() => parseIssuerSigned(new Uint8Array(60).fill(0x81)))).toBe('mdoc-malformed');
  });
});

describe('an mdoc of another country', () => {
  it('is looked up by chain, type and time of signing, which are not authenticated then', () => {
    const seen: unknown[] = [];
    const findIssuerKey = (one: unknown) => void seen.push(one);
    expect(issuedCode({}, { findIssuerKey: findIssuerKey as never })).toBe('mdoc-unknown-issuer');
    expect(seen).toEqual([{ x5chain: [leaf], docType: DOC_TYPE, signedSeconds: NOW - 100 }]);
  });

  it('may have no status, no disclosed element and members nobody knows', () => {
    expect(issuedCode(member('status', undefined))).toBe('accepted');
    expect(issuedCode({ issuerSigned: (fields) => void fields.delete('nameSpaces') })).toBe('accepted');
    expect(issuedCode(member('more', new Map([['x', 1]])))).toBe('accepted');
    expect(issuedCode(member('version', '1.1'))).toBe('accepted');
  });

  it('may name its algorithm ESP256', () => {
    expect(issuedCode(header(new Map([[1, -9]])))).toBe('accepted');
    expect(issuedCode(key(3 as never, -9))).toBe('accepted');
  });

  it('is hashed as received, even where its CBOR is not deterministic [order], [long head], [float]', () => {
    // {"elementIdentifier": "w", "digestID": 0 in two bytes, "random": 16 bytes, "elementValue": 1.5 as half}
    const text = (value: string) => Buffer.concat([Buffer.of(0x60 | value.length), Buffer.from(value)]);
    const odd = Buffer.concat([
      Buffer.of(0xa4),
      text('elementIdentifier'),
      Buffer.of(0x78, 0x01),
      Buffer.from('w'),
      text('digestID'),
      Buffer.of(0x18, 0x00),
      text('random'),
      Buffer.of(0x50),
      Buffer.alloc(16, 7),
      text('elementValue'),
      Buffer.of(0xf9, 0x3e, 0x00),
    ]);
    // The outer head is longer than it has to be, too.
    const encoded = Buffer.concat([Buffer.of(0xd9, 0x00, 0x18, 0x59, 0x00, odd.length), odd]);
    const change: Change = {
      mso: (fields) => void inside(fields, 'valueDigests', NAMESPACE).set(0, sha256(encoded)),
      issuerSigned: (fields) => fields.set('nameSpaces', new Map([[NAMESPACE, [{ encoded }]]])),
    };
    const mdoc = verifyIssuerSigned(parseIssuerSigned(issuedBytes(change)), options);
    expect(jsonOfElements(mdoc.elements)).toEqual({ [NAMESPACE]: { w: 1.5 } });
  });

  it('is refused where its CBOR has two meanings [a key twice], [indefinite length], [infinity]', () => {
    const withItem = (bytes: string): Change => ({
      issuerSigned: (fields) =>
        fields.set('nameSpaces', new Map([[NAMESPACE, [{ tag: 24, value: Buffer.from(bytes, 'hex') }]]])),
    });
    expect(issuedCode(withItem('a2616101616102'))).toBe('mdoc-malformed');
    // The same key once in its short and once in a long form.
    expect(issuedCode(withItem('a20001180002'))).toBe('mdoc-malformed');
    expect(issuedCode(withItem('bf616101ff'))).toBe('mdoc-malformed');
    expect(issuedCode(withItem('a16161f97c00'))).toBe('mdoc-malformed');
  });

  it('cannot be imported by a port that refuses the key', () => {
    const blind = { ...nodeCrypto, verifyEs256: () => false };
    expect(issuedCode({}, { crypto: blind })).toBe('mdoc-issuer-signature-invalid');
  });
});
