/** Documents and checks of Lanyard: pure functions over bytes, JSON and a time given as argument. */
export * from './bytes/bytes.js';
export * from './bytes/text.js';
export type { CryptoPort, HashPort, RandomBytes, Sign, SignAsync, VerifyKey } from './crypto/port.js';
export { createVerifyKeyCache, type VerifyKeyCache } from './crypto/verify-key-cache.js';
