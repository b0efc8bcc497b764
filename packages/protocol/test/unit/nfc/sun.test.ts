import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeAes } from '../../../src/crypto/node-crypto.js';
import { ascii, fromHex, toHex } from '../../../src/index.js';
import {
  decodeNdefUrl,
  decryptPiccData,
  decryptSunFileData,
  encodeNdefUrl,
  NfcError,
  parseSunPath,
  parseSunUrl,
  sunTemplate,
  verifySun,
} from '../../../src/nfc/index.js';
import { readVector } from '../../vectors.js';

interface Vector {
  name: string;
  mode: 'AES' | 'LRP';
  valid: boolean;
  plain?: boolean;
  picc_key?: string;
  file_key: string;
  picc?: string;
  enc?: string;
  mac: string;
  mac_param?: string;
  uid?: string;
  ctr?: number;
  file?: string;
}

const hex = (text: string) => fromHex(text)!;
const vectors = readVector<Vector[]>('ntag424/sun.json');
const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof NfcError) return error.code;
    throw error;
  }
  return 'accepted';
};

/** What the CMAC covers: the mirrored text from behind the encrypted data's parameter up to the CMAC. */
const macInput = (vector: Vector) =>
  vector.enc === undefined
    ? undefined
    : ascii(`${vector.enc}${vector.mac_param === '' ? '' : `&${vector.mac_param}=`}`);

function check(vector: Vector) {
  const sun =
    vector.plain === true
      ? { uid: hex(vector.uid!), counter: vector.ctr! }
      : decryptPiccData(nodeAes, hex(vector.picc_key!), hex(vector.picc!));
  return verifySun(nodeAes, hex(vector.file_key), sun, hex(vector.mac), macInput(vector));
}

describe('SUN', () => {
  it.each(vectors.filter((vector) => vector.mode === 'AES' && vector.valid))('verifies [$name]', (vector) => {
    const sun = check(vector);
    expect([toHex(sun.uid).toUpperCase(), sun.counter]).toEqual([vector.uid, vector.ctr]);
    if (vector.file === undefined) return;
    expect(toHex(decryptSunFileData(nodeAes, hex(vector.file_key), sun, hex(vector.enc!)))).toBe(vector.file);
  });

  it.each(vectors.filter((vector) => !vector.valid))('refuses [$name]', (vector) => {
    expect(codeOf(() => check(vector))).toBe('sun-mac-invalid');
  });

  it.each(vectors.filter((vector) => vector.mode === 'LRP'))('does not take LRP mode [$name]', (vector) => {
    expect(codeOf(() => check(vector))).toBe('sun-malformed');
  });

  const good = vectors[0]!;
  const sun = decryptPiccData(nodeAes, hex(good.picc_key!), hex(good.picc!));
  it('refuses every flipped bit of the CMAC', () => {
    for (let bit = 0; bit < 64; bit++) {
      const mac = hex(good.mac);
      mac[bit >> 3] = mac[bit >> 3]! ^ (1 << (bit & 7));
      expect(codeOf(() => verifySun(nodeAes, hex(good.file_key), sun, mac))).toBe('sun-mac-invalid');
    }
  });

  it.each([
    ['another counter', { ...sun, counter: sun.counter + 1 }, good.file_key],
    ['another UID', { ...sun, uid: hex('04958caa5c5e80') }, good.file_key],
    ['another key', sun, '11'.repeat(16)],
  ])('refuses a CMAC under [%s]', (_, changed, key) => {
    expect(codeOf(() => verifySun(nodeAes, hex(key), changed, hex(good.mac)))).toBe('sun-mac-invalid');
  });

  it.each([
    ['PICC data of 15 bytes', () => decryptPiccData(nodeAes, hex(good.picc_key!), new Uint8Array(15))],
    ['PICC data under another key', () => decryptPiccData(nodeAes, hex('22'.repeat(16)), hex(good.picc!))],
    ['a CMAC of 16 bytes', () => verifySun(nodeAes, hex(good.file_key), sun, new Uint8Array(16))],
  ])('refuses as malformed [%s]', (_, run) => {
    expect(codeOf(run)).toBe('sun-malformed');
  });
});

describe('SUN address', () => {
  const origin = 'https://verifier.example';
  const path = '/c/7/EF963FF7828658A599F3041510671E88/94EED9EE65337086';

  it('is read under our origin', () => {
    const url = parseSunUrl(origin + path, origin);
    expect(url).toMatchObject({ kind: 'c', number: 7 });
    expect([url.piccData.length, url.cmac.length]).toEqual([16, 8]);
    expect(parseSunPath(path.replace('/c/', '/t/'))).toMatchObject({ kind: 't', number: 7 });
  });

  it.each([
    ['another host', `https://verifier.example.evil${path}`],
    ['another scheme', `http://verifier.example${path}`],
    ['a port', `https://verifier.example:8443${path}`],
    ['user information', `https://x@verifier.example${path}`],
    ['lower case', origin + path.toLowerCase()],
    ['key version 0', origin + path.replace('/7/', '/0/')],
    ['key version 256', origin + path.replace('/7/', '/256/')],
    ['a leading zero', origin + path.replace('/7/', '/07/')],
    ['a query', `${origin}${path}?a`],
    ['a slash at the end', `${origin}${path}/`],
    ['a digit too few', origin + path.slice(0, -1)],
    ['another kind', origin + path.replace('/c/', '/x/')],
    ['a thousand characters', origin + path + '0'.repeat(1000)],
  ])('is not ours [%s]', (_, url) => {
    expect(codeOf(() => parseSunUrl(url, origin))).toBe('nfc-not-our-url');
  });

  it('is mirrored where the settings of the card say', () => {
    const template = sunTemplate(origin, 'c', 7);
    const file = template.file.slice();
    file.set(ascii('EF963FF7828658A599F3041510671E88'), template.piccDataOffset);
    file.set(ascii('94EED9EE65337086'), template.macOffset);
    expect(decodeNdefUrl(file)).toBe(origin + path);
  });

  it('has an origin short enough for the chip', () => {
    expect(() => sunTemplate(`https://${'a'.repeat(190)}.example`, 'c', 1)).toThrow(TypeError);
  });
});

describe('NDEF URL record', () => {
  it('comes back as written, with what the file holds behind it ignored', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[!-~]{1,150}$/),
        fc.boolean(),
        fc.uint8Array({ maxLength: 40 }),
        (rest, tls, tail) => {
          const url = `${tls ? 'https' : 'http'}://${rest}`;
          expect(decodeNdefUrl(Uint8Array.of(...encodeNdefUrl(url), ...tail))).toBe(url);
        },
      ),
    );
  });

  const file = encodeNdefUrl('https://verifier.example/c/1');
  const changed = (at: number, value: number) =>
    Uint8Array.of(...file.subarray(0, at), value, ...file.subarray(at + 1));
  it.each([
    ['an empty file', new Uint8Array()],
    ['zeros', new Uint8Array(256)],
    ['a length beyond the file', changed(1, 250)],
    ['a text record', changed(5, 0x54)],
    ['two records', changed(2, 0x91)],
    ['a long record', changed(2, 0xc1)],
    ['a record shorter than its file', changed(4, 3)],
    ['another prefix', changed(6, 1)],
    ['a control character', changed(9, 10)],
    ['a byte beyond ASCII', changed(9, 0xe4)],
  ])('is refused [%s]', (_, bytes) => {
    expect(codeOf(() => decodeNdefUrl(bytes))).toBe('nfc-malformed');
  });

  it('is refused when larger than the file of the chip', () => {
    expect(codeOf(() => decodeNdefUrl(new Uint8Array(257)))).toBe('nfc-too-large');
    expect(() => encodeNdefUrl('ftp://verifier.example')).toThrow(TypeError);
    expect(() => encodeNdefUrl(`https://${'a'.repeat(260)}`)).toThrow(TypeError);
  });
});
