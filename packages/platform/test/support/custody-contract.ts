import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { describe, expect, it } from 'vitest';
import type { KeyCustody } from '../../src/keys/key-custody.js';
import { keyIdOf } from '../../src/keys/sealed-store.js';

const data = new TextEncoder().encode('what is signed');
const verify = (compressed: Uint8Array, signed: Uint8Array, signature: Uint8Array) => {
  const key = nodeCrypto.importVerifyKey(compressed);
  return key !== undefined && nodeCrypto.verifyEs256(key, signed, signature);
};

/** What every custody of keys promises; `open` opens the same custody again, as after a restart. */
export function custodyContract(name: string, open: () => KeyCustody): void {
  describe(`keys in ${name}`, () => {
    it('are named by their public half and sign ES256 [at once], [after a restart]', () => {
      const custody = open();
      const { handle, compressed } = custody.generate();
      expect(handle).toBe(keyIdOf(compressed).toString('hex'));
      expect(custody.publicKey(handle)).toEqual(compressed);
      const signature = custody.signer(handle)!(data);
      expect(signature).toHaveLength(64);
      expect(verify(compressed, data, signature)).toBe(true);
      custody.close();
      const again = open();
      expect(again.publicKey(handle)).toEqual(compressed);
      expect(verify(compressed, data, again.signer(handle)!(data))).toBe(true);
      again.close();
    });

    it('are each their own [another key], [other data]', () => {
      const custody = open();
      const [one, two] = [custody.generate(), custody.generate()];
      expect(one.handle).not.toBe(two.handle);
      const signature = custody.signer(one.handle)!(data);
      expect(verify(two.compressed, data, signature)).toBe(false);
      expect(verify(one.compressed, data.subarray(1), signature)).toBe(false);
      custody.close();
    });

    it('end for good when destroyed [looked up], [destroyed twice], [the other stays]', () => {
      const custody = open();
      const [gone, kept] = [custody.generate(), custody.generate()];
      custody.destroy(gone.handle);
      custody.destroy(gone.handle);
      expect(custody.publicKey(gone.handle)).toBeUndefined();
      expect(custody.signer(gone.handle)).toBeUndefined();
      expect(custody.signer(kept.handle)).toBeDefined();
      custody.close();
      expect(open().publicKey(gone.handle)).toBeUndefined();
    });

    it('are not there under a handle nobody got', () => {
      const custody = open();
      expect(custody.publicKey('0011223344556677')).toBeUndefined();
      expect(custody.signer('0011223344556677')).toBeUndefined();
      custody.close();
    });

    it('sign hundreds of times in a row without leaving anything behind', () => {
      const custody = open();
      const { handle, compressed } = custody.generate();
      const sign = custody.signer(handle)!;
      for (let index = 0; index < 300; index += 1) {
        const bytes = Uint8Array.of(index & 255, index >> 8);
        expect(verify(compressed, bytes, sign(bytes))).toBe(true);
      }
      custody.close();
    });
  });
}
