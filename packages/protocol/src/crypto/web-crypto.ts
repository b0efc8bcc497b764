/** Holder side cryptography in a browser: hashing without waiting, signing through WebCrypto. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { HashPort, RandomBytes, SignAsync } from './port.js';

// Named through `globalThis` so that the same file fits the types of Node and of the DOM.
type Subtle = typeof globalThis.crypto.subtle;
/** The CryptoKey of the platform this runs on. */
export type WebKey = Parameters<Subtle['sign']>[1];

/** A key pair for ES256 whose private half cannot be exported. */
export interface WebKeyPair {
  readonly privateKey: WebKey;
  readonly publicKey: WebKey;
}

const es256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** SHA-256 and HMAC in JavaScript: a gate code must come out of one frame without a promise in between. */
export const webHashes: HashPort = {
  sha256: (data) => sha256(data),
  hmacSha256: (key, data) => hmac(sha256, key, data),
};

/** Secure random bytes of the browser. */
export const webRandomBytes: RandomBytes = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));

/** Signs with ES256 under a private WebCrypto key; resolves to r || s, 64 bytes. */
export function createWebSigner(privateKey: WebKey): SignAsync {
  return async (data) => {
    // WebCrypto takes no views on shared memory; a copy is at most 308 bytes here.
    const signature = await globalThis.crypto.subtle.sign(es256, privateKey, new Uint8Array(data));
    return new Uint8Array(signature);
  };
}

/** A new P-256 key pair; the private half is not extractable and can be kept in IndexedDB as it is. */
export async function generateWebKeyPair(): Promise<WebKeyPair> {
  const pair = await globalThis.crypto.subtle.generateKey(es256, false, ['sign', 'verify']);
  return { privateKey: pair.privateKey, publicKey: pair.publicKey };
}

/** The 33-byte compressed point of a public WebCrypto key on P-256. */
export async function exportCompressed(publicKey: WebKey): Promise<Uint8Array> {
  const point = new Uint8Array(await globalThis.crypto.subtle.exportKey('raw', publicKey));
  if (point.length !== 65 || point[0] !== 4) throw new TypeError('exportCompressed takes a public P-256 key');
  const compressed = point.slice(0, 33);
  compressed[0] = 2 + ((point[64] as number) & 1);
  return compressed;
}
