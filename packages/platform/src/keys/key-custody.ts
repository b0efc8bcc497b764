import { createPrivateKey } from 'node:crypto';
import type { Sign } from '@lanyard/protocol';
import { createSigner, generateKeyPair, keyPairOf } from '@lanyard/protocol/node-crypto';
import { keyIdOf, type SealedStore } from './sealed-store.js';

/** A key in custody: its handle is the kid in hex, the first 8 bytes of SHA-256 over the public half. */
export interface HeldKey {
  handle: string;
  /** Compressed P-256 point, 33 bytes. */
  compressed: Uint8Array;
}

/**
 * Where P-256 private keys lie. A key is made inside and never handed out; it is durable when `generate` returns.
 * Everything is synchronous: signing sits on the hot path.
 */
export interface KeyCustody {
  generate(): HeldKey;
  /** Undefined where there is no such key: a database restored without its keys. */
  publicKey(handle: string): Uint8Array | undefined;
  /** ES256 (r || s) under a key; looked up once. Undefined where there is no such key. */
  signer(handle: string): Sign | undefined;
  /** Ends a key for good; one that is not there is no fault. */
  destroy(handle: string): void;
  close(): void;
}

const nameOf = (handle: string) => `signer-${handle}`;

/** Keys in the sealed store: AES-256-GCM under the key file, opened into this process when needed. */
export function createFileCustody(store: SealedStore): KeyCustody {
  const read = (handle: string) => {
    const pem = store.read(nameOf(handle));
    return pem === undefined ? undefined : createPrivateKey(pem);
  };
  return {
    generate() {
      const { privateKey, compressed } = generateKeyPair();
      const handle = keyIdOf(compressed).toString('hex');
      store.write(nameOf(handle), Buffer.from(String(privateKey.export({ type: 'pkcs8', format: 'pem' }))));
      return { handle, compressed };
    },
    publicKey(handle) {
      const key = read(handle);
      return key === undefined ? undefined : keyPairOf(key).compressed;
    },
    signer(handle) {
      const key = read(handle);
      return key === undefined ? undefined : createSigner(key);
    },
    destroy: (handle) => store.remove(nameOf(handle)),
    close: () => {},
  };
}
