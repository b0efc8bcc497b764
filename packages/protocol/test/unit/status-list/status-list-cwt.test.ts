import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../src/bytes/text.js';
import type { CborItem } from '../../../src/cbor/cbor-value.js';
import { decodeCbor, decodeReceivedCbor } from '../../../src/cbor/decode-cbor.js';
import { encodeCbor } from '../../../src/cbor/encode-cbor.js';
import { prepareSign1, sign1Item } from '../../../src/cose/create-sign1.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { signJws } from '../../../src/jws/create-jws.js';
import { createStatusListCwt, type StatusListCwt } from '../../../src/status-list/create-status-list-cwt.js';
import { determineStatus } from '../../../src/status-list/determine-status.js';
import { compressZlib, inflateZlib } from '../../../src/status-list/node-zlib.js';
import { createStatusBits, type StatusBits, setStatus, statusAt } from '../../../src/status-list/status-bits.js';
import { verifyStatusListToken } from '../../../src/status-list/verify-status-list.js';
import {
  type VerifyStatusListCwtOptions,
  verifyStatusListCwt,
} from '../../../src/status-list/verify-status-list-cwt.js';
import { codeOf, testKey, vectorText } from '../jws/support.js';

const NOW = 1_700_000_000;
const URI = 'https://issuer.example/status/1';
const key = testKey();
const kid = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const leaf = Uint8Array.of(0x30, 1);
const bytes = createStatusBits(2, 1000);
setStatus(bytes, 2, 5, 1);
setStatus(bytes, 2, 6, 2);
setStatus(bytes, 2, 7, 3);
const token: StatusListCwt = {
  uri: URI,
  bits: 2,
  bytes,
  issuedAtSeconds: NOW,
  expiresAtSeconds: NOW + 600,
  ttlSeconds: 60,
  aggregationUri: 'https://issuer.example/status',
  signer: { kid, x5chain: [leaf] },
  compress: compressZlib,
};
const options: VerifyStatusListCwtOptions = {
  uri: URI,
  findKey: (one) => (one.kid !== undefined && Buffer.from(one.kid).equals(kid) ? key.verifyKey : undefined),
  nowSeconds: NOW,
  crypto: nodeCrypto,
  inflate: inflateZlib,
};
const good = createStatusListCwt(token, key.sign);
const check = (cwt: Uint8Array, changes: Partial<VerifyStatusListCwtOptions> = {}) =>
  codeOf(() => verifyStatusListCwt(cwt, { ...options, ...changes }));

const lst = compressZlib(bytes);
type Entries = [number, CborItem | undefined][];
const mapOf = (entries: Entries) =>
  new Map([...new Map(entries)].filter((entry): entry is [number, CborItem] => entry[1] !== undefined));
const listOf = (bits: CborItem, data: CborItem = lst) =>
  new Map<string, CborItem>([
    ['bits', bits],
    ['lst', data],
  ]);

/** A CWT built by hand, so that everything in it can be wrong. */
function forged(
  claims: Entries,
  change: {
    readonly header?: Entries;
    readonly signer?: typeof key;
    readonly frame?: (item: CborItem) => CborItem;
    readonly payload?: Uint8Array;
  } = {},
): Uint8Array {
  const protectedBytes = encodeCbor(
    mapOf([[1, -7], [4, kid], [16, 'application/statuslist+cwt'], ...(change.header ?? [])]),
  );
  const body: Entries = [[2, URI], [6, NOW], [4, NOW + 600], [65_534, 60], [65_533, listOf(2)], ...claims];
  const payload = change.payload ?? encodeCbor(mapOf(body));
  const signature = (change.signer ?? key).sign(prepareSign1({ protectedBytes, payload }));
  const item = sign1Item({ protectedBytes, payload }, { unprotectedHeader: new Map() }, signature);
  return encodeCbor(change.frame?.(item) ?? { tag: 18, value: item });
}

describe('Status List Token in CWT form (Token Status List §5.2)', () => {
  it('is read as it was written, by the same statuses as the JWT form', () => {
    const list = verifyStatusListCwt(good, options);
    expect(list).toMatchObject({
      uri: URI,
      bits: 2,
      issuedAtSeconds: NOW,
      expiresAtSeconds: NOW + 600,
      ttlSeconds: 60,
      aggregationUri: 'https://issuer.example/status',
    });
    expect(Buffer.from(list.bytes).equals(Buffer.from(bytes))).toBe(true);
    const at = (index: number, uri = URI) => determineStatus({ uri, index }, () => verifyStatusListCwt(good, options));
    expect([at(4), at(5), at(6)].map(({ status }) => status)).toEqual(['valid', 'invalid', 'suspended']);
    expect(at(7)).toMatchObject({ status: 'undetermined', code: 'status-value-unknown' });
    expect(at(1000)).toMatchObject({ status: 'undetermined', code: 'status-index-out-of-bounds' });
    expect(at(4, 'https://other.example')).toMatchObject({ status: 'undetermined', code: 'status-list-subject-wrong' });
  });

  it('needs neither exp nor ttl nor a kid, and carries tag 18 and no tag 61', () => {
    const { expiresAtSeconds: _, ttlSeconds: __, aggregationUri: ___, ...least } = token;
    const signer = { x5chain: [leaf] };
    const findKey = options.findKey;
    const byChain: VerifyStatusListCwtOptions['findKey'] = ({ x5chain }) =>
      Buffer.from(x5chain[0] ?? []).equals(leaf) ? key.verifyKey : undefined;
    const cwt = createStatusListCwt({ ...least, signer }, key.sign);
    expect(cwt[0]).toBe(0xd2);
    expect(check(cwt, { findKey: byChain })).toBe('accepted');
    expect(check(cwt, { findKey })).toBe('status-list-signature-invalid');
    expect(check(good, { findKey: byChain })).toBe('accepted');
  });

  it('is deterministic CBOR inside its tag', () => {
    const limits = { maxBytes: 10_000 };
    const sign1 = decodeCbor(good.subarray(1), limits) as readonly Uint8Array[];
    expect(encodeCbor(decodeCbor(sign1[2]!, limits))).toEqual(sign1[2]);
  });

  it('refuses another tag [none], [CWT tag outside], [Mac0], [CWT tag inside]', () => {
    const wrap = (frame: (item: CborItem) => CborItem) => check(forged([], { frame }));
    expect(wrap((item) => item)).toBe('status-list-malformed');
    expect(wrap((item) => ({ tag: 61, value: { tag: 18, value: item } }))).toBe('status-list-malformed');
    expect(wrap((item) => ({ tag: 17, value: item }))).toBe('status-list-malformed');
    expect(wrap((item) => ({ tag: 18, value: { tag: 61, value: item } }))).toBe('status-list-malformed');
  });

  it('refuses another typ [missing], [JWT name], [short name], [number]', () => {
    for (const typ of [undefined, 'statuslist+jwt', 'statuslist+cwt', 16]) {
      expect(check(forged([], { header: [[16, typ]] }))).toBe('status-list-typ-wrong');
    }
  });

  it('refuses a forged list [other key], [unknown kid], [payload changed under the old signature]', () => {
    expect(check(forged([], { signer: testKey() }))).toBe('status-list-signature-invalid');
    expect(check(forged([], { header: [[4, Uint8Array.of(9)]] }))).toBe('status-list-signature-invalid');
    const changed = Buffer.from(good);
    changed[changed.indexOf(encodeCbor(NOW + 600)) + 4]! ^= 1;
    expect(check(changed)).toBe('status-list-signature-invalid');
  });

  it('refuses the list of another URI [other], [missing], [number], and enforces exp to the second', () => {
    for (const sub of ['https://issuer.example/status/2', undefined, 7]) {
      expect(check(forged([[2, sub]]))).toBe('status-list-subject-wrong');
    }
    expect(check(good, { nowSeconds: NOW + 599 })).toBe('accepted');
    expect(check(good, { nowSeconds: NOW + 600 })).toBe('status-list-expired');
  });

  it.each<[string, Entries]>([
    ['iat missing', [[6, undefined]]],
    ['iat text', [[6, '1']]],
    ['exp text', [[4, '1']]],
    ['ttl zero', [[65_534, 0]]],
    ['ttl negative', [[65_534, -60]]],
    ['no list', [[65_533, undefined]]],
    ['list of bytes', [[65_533, lst]]],
    ['bits 3', [[65_533, listOf(3)]]],
    ['bits text', [[65_533, listOf('2')]]],
    ['lst text', [[65_533, listOf(2, 'eNo')]]],
    ['lst missing', [[65_533, new Map([['bits', 1]])]]],
    [
      'aggregation_uri number',
      [
        [
          65_533,
          new Map<string, CborItem>([
            ['bits', 2],
            ['lst', lst],
            ['aggregation_uri', 1],
          ]),
        ],
      ],
    ],
  ])('refuses a malformed token [%s]', (_, claims) => {
    expect(check(forged(claims))).toBe('status-list-malformed');
  });

  it('refuses what is no CWT of a list [empty], [trailing byte], [payload no map], [another algorithm], [crit]', () => {
    for (const cwt of [
      new Uint8Array(),
      Buffer.concat([good, Buffer.of(0)]),
      forged([], { payload: encodeCbor([]) }),
      forged([], { payload: Uint8Array.of(0xff) }),
      forged([], { header: [[1, -35]] }),
      forged([], { header: [[2, [99]]] }),
      forged([], { header: [[33, []]] }),
    ]) {
      expect(check(cwt)).toBe('status-list-malformed');
    }
  });

  it('inflates only what a trusted key signed, and never more than it may [bomb], [damaged], [too large]', () => {
    const bomb = deflateSync(Buffer.alloc(50_000_000));
    expect(check(forged([[65_533, listOf(1, bomb)]]))).toBe('status-list-not-inflatable');
    expect(check(forged([[65_533, listOf(1, Buffer.from('hello'))]]))).toBe('status-list-not-inflatable');
    expect(check(good, { limits: { maxTokenBytes: 100, maxListBytes: 250 } })).toBe('status-list-too-large');
    expect(check(good, { limits: { maxTokenBytes: 10_000, maxListBytes: 249 } })).toBe('status-list-not-inflatable');
    const never = () => {
      throw new Error('inflated before it was verified');
    };
    expect(check(forged([], { signer: testKey() }), { inflate: never })).toBe('status-list-signature-invalid');
  });
});

describe('the JWT form', () => {
  const header = { typ: 'statuslist+jwt' };
  const body = {
    sub: URI,
    iat: NOW,
    status_list: { bits: 2, lst: Buffer.from(lst).toString('base64url') },
  };
  const verify = (x5c: unknown) =>
    codeOf(() =>
      verifyStatusListToken(signJws({ ...header, x5c } as never, body, key.sign), {
        ...options,
        findKey: ({ x5chain }) => (Buffer.from(x5chain[0] ?? []).equals(leaf) ? key.verifyKey : undefined),
      }),
    );
  it('may be answered from its chain (HAIP 1.0: x5c in the list token) [chain], [none], [another]', () => {
    expect(verify([Buffer.from(leaf).toString('base64')])).toBe('accepted');
    expect(verify(undefined)).toBe('status-list-signature-invalid');
    expect(verify(['AAAA'])).toBe('status-list-signature-invalid');
  });
  it('is refused with a chain nobody can read [text], [base64url], [number], [four]', () => {
    for (const x5c of ['MAE=', ['MAE'], [7], ['MAE=', 'MAE=', 'MAE=', 'MAE=']]) {
      expect(verify(x5c)).toBe('status-list-malformed');
    }
  });
});

/** The key of status_list_cwt.md is not printed, so its signature is taken as given where its content is read. */
describe('vectors of the draft in CBOR', () => {
  const hexOf = (file: string) => vectorText(`status-list/${file}`).replace(/^byte_array.*\nencoded:\n/, '');
  const cborOf = (file: string) => fromHex(hexOf(file).replace(/\s+/g, ''))!;

  it('reads the printed token, whose claims are not in deterministic order [§5.2]', () => {
    const printed: VerifyStatusListCwtOptions = {
      ...options,
      uri: 'https://example.com/statuslists/1',
      findKey: (one) => (Buffer.from(one.kid ?? []).toString() === '12' ? key.verifyKey : undefined),
      crypto: { verifyEs256: () => true },
      nowSeconds: 1_686_920_170,
    };
    const list = verifyStatusListCwt(cborOf('status_list_cwt.md'), printed);
    expect(list).toMatchObject({ bits: 1, issuedAtSeconds: 1_686_920_170, expiresAtSeconds: 2_291_720_170 });
    expect(list.ttlSeconds).toBe(43_200);
    expect(Array.from(list.bytes)).toEqual([0xb9, 0xa3]);
    expect(check(cborOf('status_list_cwt.md'), { ...printed, crypto: nodeCrypto })).toBe(
      'status-list-signature-invalid',
    );
  });

  const section = vectorText('status-list/test-vectors-section.md');
  it.each([
    [1, 'status_list_encoding1_long_cbor.md'],
    [2, 'status_list_encoding2_long_cbor.md'],
    [4, 'status_list_encoding4_cbor.md'],
    [8, 'status_list_encoding8_cbor.md'],
  ] as const)('holds the listed values [%s bits]', (bits, file) => {
    const list = decodeReceivedCbor(cborOf(file), { maxBytes: 10_000 }) as Map<string, CborItem>;
    expect(list.get('bits')).toBe(bits);
    const inflated = inflateZlib(list.get('lst') as Uint8Array, 2 ** 20);
    expect(inflated).toHaveLength(2 ** 17 * bits);
    const chapter = section.split(/^## /m).find((one) => one.startsWith(`${bits}-bit`)) ?? '';
    const values = [...chapter.matchAll(/^status\[(\d+)\] ?= 0b([01]+)$/gm)];
    expect(values.length).toBeGreaterThan(10);
    for (const [, index, value] of values) {
      expect(statusAt(inflated, bits as StatusBits, Number(index))).toBe(Number.parseInt(value!, 2));
    }
  });

  it('holds the short examples [1 bit], [2 bits]', () => {
    const read = (file: string) => {
      const list = decodeReceivedCbor(cborOf(file), { maxBytes: 10_000 }) as Map<string, CborItem>;
      return Array.from(inflateZlib(list.get('lst') as Uint8Array, 100));
    };
    expect(read('status_list_encoding_cbor.md')).toEqual([0xb9, 0xa3]);
    expect(read('status_list_encoding2_cbor.md')).toEqual([0xc9, 0x44, 0xf9]);
  });
});
