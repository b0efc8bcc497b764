import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64url } from '../../../src/base64url/base64url.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { type JwsHeader, signJws } from '../../../src/jws/create-jws.js';
import { createStatusListToken, type StatusListToken } from '../../../src/status-list/create-status-list.js';
import { determineStatus } from '../../../src/status-list/determine-status.js';
import { compressZlib, inflateZlib } from '../../../src/status-list/node-zlib.js';
import { createStatusBits, type StatusBits, setStatus, statusAt } from '../../../src/status-list/status-bits.js';
import { type VerifyStatusListOptions, verifyStatusListToken } from '../../../src/status-list/verify-status-list.js';
import { codeOf, testKey, vectorText } from '../jws/support.js';

const NOW = 1_700_000_000;
const URI = 'https://issuer.example/status/1';
const key = testKey();
const bytes = createStatusBits(2, 1000);
setStatus(bytes, 2, 5, 1);
setStatus(bytes, 2, 6, 2);
setStatus(bytes, 2, 7, 3);
const token: StatusListToken = {
  uri: URI,
  bits: 2,
  bytes,
  issuedAtSeconds: NOW,
  expiresAtSeconds: NOW + 600,
  ttlSeconds: 60,
  aggregationUri: 'https://issuer.example/status',
  signer: { kid: 's1', x5c: ['AAAA'] },
  compress: compressZlib,
};
const options: VerifyStatusListOptions = {
  uri: URI,
  findKey: ({ header }) => (header.kid === 's1' ? key.verifyKey : undefined),
  nowSeconds: NOW,
  crypto: nodeCrypto,
  inflate: inflateZlib,
};
const good = createStatusListToken(token, key.sign);
const header = { typ: 'statuslist+jwt', kid: 's1' };
const lst = encodeBase64url(compressZlib(bytes));
const body = { sub: URI, iat: NOW, exp: NOW + 600, ttl: 60, status_list: { bits: 2, lst } };
const check = (compact: string, changes: Partial<VerifyStatusListOptions> = {}) =>
  codeOf(() => verifyStatusListToken(compact, { ...options, ...changes }));
const forged = (changes: object, head: JwsHeader = header, signer = key) =>
  signJws(head, { ...body, ...changes }, signer.sign);

/** ZLIB of 2^30 zeros, from one part of 16 MiB that stands for itself, 64 times. */
function gibibyteOfZeros(): Buffer {
  const part = deflateRawSync(Buffer.alloc(2 ** 24), { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
  return Buffer.concat([
    Buffer.of(0x78, 0xda),
    ...Array.from({ length: 64 }, () => part),
    Buffer.from([3, 0, 0, 0, 0, 1]),
  ]);
}

describe('status list bits', () => {
  it('reads what was written and touches no other entry [1, 2, 4, 8 bits]', () => {
    const bits = fc.constantFrom<StatusBits>(1, 2, 4, 8);
    fc.assert(
      fc.property(bits, fc.array(fc.tuple(fc.nat(199), fc.nat(255)), { maxLength: 60 }), (width, writes) => {
        const list = createStatusBits(width, 200);
        const expected = new Array<number>(200).fill(0);
        for (const [index, value] of writes) {
          setStatus(list, width, index, value % 2 ** width);
          expected[index] = value % 2 ** width;
        }
        expect(expected.map((_, index) => statusAt(list, width, index))).toEqual(expected);
      }),
    );
  });

  it('refuses an index outside the list [beyond], [negative], [fraction]', () => {
    for (const index of [8, 1e9, -1, 0.5, Number.NaN]) {
      expect(codeOf(() => statusAt(new Uint8Array(1), 1, index))).toBe('status-index-out-of-bounds');
    }
    expect(() => setStatus(new Uint8Array(1), 1, 8, 1)).toThrow(RangeError);
    expect(() => setStatus(new Uint8Array(1), 1, 0, 2)).toThrow(RangeError);
  });
});

describe('Status List Token', () => {
  it('verifies what was created', () => {
    const list = verifyStatusListToken(good, options);
    expect(list).toMatchObject({
      uri: URI,
      bits: 2,
      issuedAtSeconds: NOW,
      expiresAtSeconds: NOW + 600,
      ttlSeconds: 60,
    });
    expect(list.aggregationUri).toBe('https://issuer.example/status');
    expect([4, 5, 6, 7].map((index) => statusAt(list.bytes, list.bits, index))).toEqual([0, 1, 2, 3]);
    const { expiresAtSeconds: _, ttlSeconds: __, aggregationUri: ___, ...least } = token;
    expect(check(createStatusListToken({ ...least, signer: { kid: 's1' } }, key.sign))).toBe('accepted');
  });

  it('refuses another typ [JWT], [missing], [CWT name]', () => {
    for (const typ of ['JWT', undefined, 'statuslist+cwt']) {
      expect(check(forged({}, { ...header, typ }))).toBe('status-list-typ-wrong');
    }
  });

  it('refuses a forged list [other key], [unknown kid], [changed payload]', () => {
    expect(check(forged({}, header, testKey()))).toBe('status-list-signature-invalid');
    expect(check(forged({}, { ...header, kid: 'x' }))).toBe('status-list-signature-invalid');
    const [head, , signature] = good.split('.');
    const [, other] = forged({ ttl: 61 }).split('.');
    expect(check(`${head}.${other}.${signature}`)).toBe('status-list-signature-invalid');
  });

  it('refuses the list of another URI [other], [missing], [trailing slash]', () => {
    for (const sub of ['https://issuer.example/status/2', undefined, `${URI}/`]) {
      expect(check(forged({ sub }))).toBe('status-list-subject-wrong');
    }
  });

  it('enforces exp to the second', () => {
    expect(check(good, { nowSeconds: NOW + 599 })).toBe('accepted');
    expect(check(good, { nowSeconds: NOW + 600 })).toBe('status-list-expired');
    expect(check(forged({ exp: 1 }))).toBe('status-list-expired');
  });

  it.each([
    ['iat missing', { iat: undefined }],
    ['iat text', { iat: '1' }],
    ['exp text', { exp: '1' }],
    ['ttl zero', { ttl: 0 }],
    ['ttl text', { ttl: '60' }],
    ['no list', { status_list: undefined }],
    ['bits 3', { status_list: { bits: 3, lst } }],
    ['bits text', { status_list: { bits: '1', lst } }],
    ['lst missing', { status_list: { bits: 1 } }],
    ['lst padded', { status_list: { bits: 1, lst: `${lst}=` } }],
    ['aggregation_uri number', { status_list: { bits: 1, lst, aggregation_uri: 1 } }],
  ])('refuses a malformed token [%s]', (_, changes) => {
    expect(check(forged(changes))).toBe('status-list-malformed');
  });

  it('refuses what is no JWS of ours [text], [alg none], [payload no object]', () => {
    for (const compact of ['x', `${good}.x`, signJws(header, '[]', key.sign)])
      expect(check(compact)).toBe('status-list-malformed');
  });

  it('refuses compressed data that is damaged [not zlib], [cut], [checksum], [trailing bytes], [raw deflate]', () => {
    const packed = Buffer.from(compressZlib(bytes));
    const bent = Buffer.from(packed);
    bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1;
    const all = [
      Buffer.from('hello'),
      packed.subarray(0, -5),
      bent,
      Buffer.concat([packed, Buffer.from([0])]),
      packed.subarray(2),
    ];
    for (const data of all) {
      expect(check(forged({ status_list: { bits: 2, lst: encodeBase64url(data) } }))).toBe(
        'status-list-not-inflatable',
      );
    }
  });

  it('refuses what inflates to 1 GiB within 200 ms and 32 MB, though a trusted key signed it [MUST 23]', () => {
    const bomb = forged({ status_list: { bits: 1, lst: encodeBase64url(gibibyteOfZeros()) } });
    const rssBefore = process.memoryUsage().rss;
    // Of the processor: what others do on a busy machine is not the list's.
    const times = Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      expect(check(bomb)).toBe('status-list-not-inflatable');
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(200);
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(32 * 1024 * 1024 * times.length);
  });

  it('refuses a bomb before it is inflated, and a token that is too large', () => {
    const bomb = encodeBase64url(deflateSync(Buffer.alloc(200_000_000)));
    expect(check(forged({ status_list: { bits: 1, lst: bomb } }))).toBe('status-list-not-inflatable');
    expect(check(good, { limits: { maxTokenBytes: 100, maxListBytes: 100 } })).toBe('status-list-too-large');
    expect(check(good, { limits: { maxTokenBytes: 10_000, maxListBytes: 249 } })).toBe('status-list-not-inflatable');
    expect(check(good, { limits: { maxTokenBytes: 10_000, maxListBytes: 250 } })).toBe('accepted');
  });
});

describe('determining a status', () => {
  const at = (index: number, uri = URI) => determineStatus({ uri, index }, () => verifyStatusListToken(good, options));
  it('says valid, invalid, suspended', () => {
    expect([at(4), at(5), at(6)].map(({ status }) => status)).toEqual(['valid', 'invalid', 'suspended']);
  });

  it('is undetermined, never valid or invalid, whatever fails [index], [value], [list], [network], [expired]', () => {
    expect(at(1000)).toMatchObject({ status: 'undetermined', code: 'status-index-out-of-bounds' });
    expect(at(7)).toMatchObject({ status: 'undetermined', code: 'status-value-unknown' });
    expect(at(4, 'https://other.example')).toMatchObject({ status: 'undetermined', code: 'status-list-subject-wrong' });
    const failing = (error: unknown) =>
      determineStatus({ uri: URI, index: 4 }, () => {
        throw error;
      });
    expect(failing(new Error('ECONNREFUSED'))).toMatchObject({
      status: 'undetermined',
      code: 'status-list-unavailable',
    });
    const late = () => verifyStatusListToken(good, { ...options, nowSeconds: NOW + 9999 });
    expect(determineStatus({ uri: URI, index: 4 }, late)).toMatchObject({
      status: 'undetermined',
      code: 'status-list-expired',
    });
  });
});

/**
 * Vectors of the Token Status List draft in JSON; those in CBOR are in status-list-cwt.test.ts. Not applicable:
 * referenced_token_cwt* and the signature of status_list_jwt_raw.md, whose key the draft does not print.
 */
describe('vectors of the draft', () => {
  const section = vectorText('status-list/test-vectors-section.md');
  const files = {
    1: 'status_list_encoding1_long_json.md',
    2: 'status_list_encoding2_long_json.md',
    4: 'status_list_encoding4_json.md',
    8: 'status_list_encoding8_json.md',
  };
  const listOf = (text: string) =>
    JSON.parse(text.slice(text.indexOf('{')).replace(/\s+/g, '')) as { bits: StatusBits; lst: string };
  const inflated = (text: string) => inflateZlib(Buffer.from(listOf(text).lst, 'base64url'), 16_777_216);

  it.each([1, 2, 4, 8] as const)('%d-bit list holds the stated entries and nothing else', (bits) => {
    const part = section.split(/^## /m).find((text) => text.startsWith(`${bits}-bit`)) ?? '';
    const stated = new Map(
      [...part.matchAll(/status\[(\d+)\] ?= ?0b([01]+)/g)].map(([, index, value]) => [
        Number(index),
        Number.parseInt(value ?? '', 2),
      ]),
    );
    expect(stated.size).toBeGreaterThan(10);
    const list = inflated(vectorText(`status-list/${files[bits]}`));
    expect(list.length).toBe((2 ** 20 * bits) / 8);
    for (let index = 0; index < 2 ** 20; index += 1) {
      const status = statusAt(list, bits, index);
      if (status !== (stated.get(index) ?? 0)) throw new Error(`index ${index} is ${status}`);
    }
  });

  it('short lists hold the stated bytes', () => {
    expect(Array.from(inflated(vectorText('status-list/status_list_encoding_json.md')))).toEqual([0xb9, 0xa3]);
    expect(Array.from(inflated(vectorText('status-list/status_list_encoding2_json.md')))).toEqual([0xc9, 0x44, 0xf9]);
  });

  it('the printed token parses and is refused only for its signature, whose key is not printed', () => {
    const compact = vectorText('status-list/status_list_jwt_raw.md').replace(/\s+/g, '');
    const uri = 'https://example.com/statuslists/1';
    expect(check(compact, { uri, findKey: () => key.verifyKey })).toBe('status-list-signature-invalid');
    const trusting = { ...options, uri, findKey: () => key.verifyKey, crypto: { verifyEs256: () => true } };
    const list = verifyStatusListToken(compact, trusting);
    expect(Array.from(list.bytes)).toEqual([0xb9, 0xa3]);
  });
});
