import { describe, expect, it } from 'vitest';
import { nodeAes } from '../../../src/crypto/node-crypto.js';
import { fromHex, toHex } from '../../../src/index.js';
import { cmacSubkeys } from '../../../src/nfc/aes-cmac.js';
import { aesCmac, cardKey, diversifyKey } from '../../../src/nfc/index.js';
import { readVector } from '../../vectors.js';

const hex = (text: string) => fromHex(text)!;
const published = readVector<{
  cmac: { key: string; k1: string; k2: string; messages: { title: string; message: string; mac: string }[] };
  diversification: { title: string; master_key: string; input: string; key: string }[];
}>('ntag424/keys.json');
const wycheproof = readVector<{
  testGroups: {
    keySize: number;
    tagSize: number;
    tests: { tcId: number; key: string; msg: string; tag: string; result: string }[];
  }[];
}>('wycheproof/aes_cmac_test.json');

describe('AES-128-CMAC', () => {
  it('makes the subkeys of RFC 4493', () => {
    const { k1, k2 } = cmacSubkeys(nodeAes, hex(published.cmac.key));
    expect([toHex(k1), toHex(k2)]).toEqual([published.cmac.k1, published.cmac.k2]);
  });

  it.each(published.cmac.messages)('gives the published MAC [$title]', ({ message, mac }) => {
    expect(toHex(aesCmac(nodeAes, hex(published.cmac.key), hex(message)))).toBe(mac);
  });

  it('gives the verdict of every Wycheproof test with a key of 128 bits', () => {
    let tests = 0;
    for (const group of wycheproof.testGroups.filter((candidate) => candidate.keySize === 128)) {
      for (const test of group.tests) {
        const mac = toHex(aesCmac(nodeAes, hex(test.key), hex(test.msg)));
        expect(mac === test.tag, `tcId ${test.tcId}`).toBe(test.result === 'valid');
        tests++;
      }
    }
    expect(tests).toBeGreaterThan(50);
  });

  it.each([
    ['a key of 15 bytes', 15],
    ['a key of 24 bytes', 24],
  ])('takes no other key [%s]', (_, length) => {
    expect(() => aesCmac(nodeAes, new Uint8Array(length), new Uint8Array(3))).toThrow(TypeError);
  });

  it('takes whole blocks only at the port', () => {
    const block = new Uint8Array(16);
    expect(() => nodeAes.aesCbcDecrypt(block, block, new Uint8Array(17))).toThrow(TypeError);
    expect(() => nodeAes.aesCbcEncrypt(block, new Uint8Array(8), block)).toThrow(TypeError);
  });
});

describe('key diversification', () => {
  it.each(published.diversification)('gives the published key [$title]', ({ master_key, input, key }) => {
    expect(toHex(diversifyKey(nodeAes, hex(master_key), hex(input)))).toBe(key);
  });

  it.each([
    ['nothing', 0],
    ['32 bytes', 32],
  ])('refuses an input AN10922 has no room for [%s]', (_, length) => {
    expect(() => diversifyKey(nodeAes, new Uint8Array(16), new Uint8Array(length))).toThrow(TypeError);
  });

  it('gives each card and each number a key of its own, but one meta-read key to all cards of a version', () => {
    const master = hex('00112233445566778899aabbccddeeff');
    const [a, b] = [hex('04de5f1eacc040'), hex('04958caa5c5e80')];
    const all = [a, b].flatMap((uid) => ([0, 2, 3, 4] as const).map((n) => toHex(cardKey(nodeAes, master, uid, n))));
    expect(new Set(all).size).toBe(8);
    expect(cardKey(nodeAes, master, a, 1)).toEqual(cardKey(nodeAes, master, b, 1));
    expect(cardKey(nodeAes, hex('11112233445566778899aabbccddeeff'), a, 1)).not.toEqual(cardKey(nodeAes, master, a, 1));
  });
});
