import { describe, expect, it } from 'vitest';
import { readOwnHeader } from '../../../src/cose/verify-sign1.js';
import { compressedFromJwk, nodeCrypto } from '../../../src/crypto/node-crypto.js';
import {
  createSign1,
  DocumentError,
  encodeCbor,
  encodeProtectedHeader,
  parseSign1,
  verifySign1,
} from '../../../src/index.js';
import { keys } from '../../fixtures.js';
import { readVector, vectorFiles } from '../../vectors.js';

/*
 * Of testdata/vectors/cose these apply: sign1-tests (all), ecdsa-examples/ecdsa-sig-01, CWT/A_3 (signed). Not applicable, because Lanyard speaks
 * COSE_Sign1 with ES256 only: mac0-tests, hmac-examples, encrypted-tests, aes-gcm-examples, eddsa-examples,
 * CWT/A_4 (MAC), A_5 and A_6 (encrypted) and A_7; the other ecdsa-examples hold COSE_Sign (tag 98), ES384 and ES512. They are
 * all checked to be refused.
 */
interface CoseVector {
  readonly title: string;
  readonly fail?: boolean;
  readonly input: { readonly sign0?: { readonly key: Record<string, string>; readonly external?: string } };
  readonly output: { readonly cbor: string };
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

function check(vector: CoseVector): boolean {
  const compressed = compressedFromJwk(vector.input.sign0!.key)!;
  const key = nodeCrypto.importVerifyKey(compressed)!;
  try {
    const parsed = parseSign1(bytesOf(vector.output.cbor), 4096);
    return verifySign1(nodeCrypto, parsed, key, bytesOf(vector.input.sign0!.external ?? ''));
  } catch (error) {
    expect(error).toBeInstanceOf(DocumentError);
    return false;
  }
}

describe('COSE_Sign1 vectors of the COSE working group', () => {
  it.each(vectorFiles('cose/sign1-tests/'))('gives the stated verdict [%s]', (file) => {
    const vector = readVector<CoseVector>(`cose/sign1-tests/${file}`);
    expect(check(vector)).toBe(vector.fail !== true);
  });

  it('verifies the P-256 example [ecdsa-sig-01]', () => {
    expect(check(readVector<CoseVector>('cose/ecdsa-examples/ecdsa-sig-01.json'))).toBe(true);
  });

  it('verifies the signed CWT of RFC 8392 [A_3]', () => {
    const vector = readVector<CoseVector>('cose/CWT/A_3.json');
    const { x_hex, y_hex } = vector.input.sign0!.key as { x_hex: string; y_hex: string };
    const key = nodeCrypto.importVerifyKey(Uint8Array.of(3, ...bytesOf(x_hex)), bytesOf(y_hex))!;
    expect(verifySign1(nodeCrypto, parseSign1(bytesOf(vector.output.cbor), 4096), key)).toBe(true);
  });

  it.each(['A_4', 'A_5', 'A_6', 'A_7'])('refuses what is no ES256 COSE_Sign1 [CWT %s]', (name) => {
    const vector = readVector<CoseVector>(`cose/CWT/${name}.json`);
    expect(() => parseSign1(bytesOf(vector.output.cbor), 4096)).toThrow(DocumentError);
  });

  it.each(vectorFiles('cose/ecdsa-examples/').filter((file) => file !== 'ecdsa-sig-01.json'))(
    'refuses COSE_Sign and other curves [%s]',
    (file) => {
      const vector = readVector<CoseVector>(`cose/ecdsa-examples/${file}`);
      expect(() => parseSign1(bytesOf(vector.output.cbor), 4096)).toThrow(DocumentError);
    },
  );
});

const key = nodeCrypto.importVerifyKey(keys.people.compressed)!;
const payload = bytesOf('a10102');
const parts = { protectedBytes: encodeProtectedHeader({ kid: keys.people.kid, typ: 'x+cbor' }), payload };
const good = createSign1(parts, keys.people.sign);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof DocumentError ? error.code : String(error);
  }
  return 'accepted';
}

/** A signed object with any header and body, right or wrong. */
function item(
  protectedHeader: Map<number, never | number | string | Uint8Array>,
  unprotected = new Map(),
  rest: unknown[] = [],
) {
  const protectedBytes = encodeCbor(protectedHeader);
  const signature = keys.people.sign(payload);
  const fields = rest.length > 0 ? rest : [payload, signature];
  return encodeCbor([protectedBytes, unprotected, ...(fields as Uint8Array[])]);
}

describe('COSE_Sign1', () => {
  it('verifies what it created, and the external data with it', () => {
    expect(verifySign1(nodeCrypto, parseSign1(good, 500), key)).toBe(true);
    expect(verifySign1(nodeCrypto, parseSign1(good, 500), key, Uint8Array.of(1))).toBe(false);
  });

  it('verifies under no other key', () => {
    expect(verifySign1(nodeCrypto, parseSign1(good, 500), nodeCrypto.importVerifyKey(keys.stranger.compressed)!)).toBe(
      false,
    );
  });

  it('is refused or does not verify with any byte changed', () => {
    for (let at = 0; at < good.length; at++) {
      const changed = good.slice();
      changed[at] = changed[at]! ^ 1;
      let holds = false;
      try {
        holds = verifySign1(nodeCrypto, parseSign1(changed, 500), key);
      } catch (error) {
        expect(error).toBeInstanceOf(DocumentError);
      }
      expect(holds, `byte ${at}`).toBe(false);
    }
  });

  it('is refused at every truncation', () => {
    for (let end = 0; end < good.length; end++)
      expect(codeOf(() => parseSign1(good.subarray(0, end), 500))).toBe('malformed');
  });

  it.each<[string, Uint8Array, string]>([
    [
      'a critical header',
      item(
        new Map<number, never>([
          [1, -7 as never],
          [2, [99] as never],
        ]),
      ),
      'unknown-critical-header',
    ],
    ['ES384', item(new Map([[1, -35]])), 'unsupported-algorithm'],
    ['no algorithm', item(new Map()), 'unsupported-algorithm'],
    ['a label in both headers', item(new Map([[1, -7]]), new Map([[1, -7]])), 'malformed'],
    ['a detached payload', item(new Map([[1, -7]]), new Map(), [null, new Uint8Array(64)]), 'malformed'],
    ['a DER signature', item(new Map([[1, -7]]), new Map(), [payload, new Uint8Array(70)]), 'malformed'],
    ['three fields', encodeCbor([payload, new Map(), payload]), 'malformed'],
    ['a map', encodeCbor(new Map()), 'malformed'],
    ['an unprotected header that is no map', encodeCbor([payload, 1, payload, payload]), 'malformed'],
    [
      'a protected header that is no map',
      encodeCbor([encodeCbor(1), new Map(), payload, new Uint8Array(64)]),
      'malformed',
    ],
    ['a protected header that is no byte string', encodeCbor([1, new Map(), payload, new Uint8Array(64)]), 'malformed'],
    ['a signature that is no byte string', encodeCbor([encodeCbor(new Map()), new Map(), payload, 1]), 'malformed'],
    ['more bytes than allowed', new Uint8Array(501), 'too-large'],
  ])('refuses [%s]', (_, bytes, code) => {
    expect(codeOf(() => parseSign1(bytes, 500))).toBe(code);
  });

  it.each<[string, Uint8Array, string | undefined, string]>([
    ['another typ', good, 'y+cbor', 'wrong-type'],
    ['a typ where none belongs', good, undefined, 'wrong-type'],
    [
      'an unprotected field',
      item(
        new Map<number, never>([
          [1, -7 as never],
          [4, keys.people.kid as never],
        ]),
        new Map([[4000, 1]]),
      ),
      undefined,
      'malformed',
    ],
    [
      'a kid of 4 bytes',
      item(
        new Map<number, never>([
          [1, -7 as never],
          [4, new Uint8Array(4) as never],
        ]),
      ),
      undefined,
      'malformed',
    ],
    [
      'a further protected field',
      item(
        new Map<number, never>([
          [1, -7 as never],
          [4, keys.people.kid as never],
          [5, 1 as never],
        ]),
      ),
      undefined,
      'malformed',
    ],
  ])('refuses as a document of ours [%s]', (_, bytes, typ, code) => {
    expect(codeOf(() => readOwnHeader('x', parseSign1(bytes, 500), typ))).toBe(code);
  });

  it('is not created with a kid or signature of another size', () => {
    expect(() => encodeProtectedHeader({ kid: new Uint8Array(7) })).toThrow(TypeError);
    expect(() => createSign1(parts, () => new Uint8Array(70))).toThrow(TypeError);
  });
});
