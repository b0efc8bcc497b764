import { concatBytes } from '../bytes/bytes.js';
import { ascii } from '../bytes/text.js';
import type { HashPort } from '../crypto/port.js';

/** Bytes of a use digest. */
export const useDigestBytes = 16;

const domain = ascii('lanyard use 1\0');

/**
 * Names one showing of one code: the first 16 bytes of SHA-256 over a domain text and key, time and nonce. Two gates
 * that took the same code have the same digest; it names no key to whoever does not have the table.
 */
export function useDigest(crypto: Pick<HashPort, 'sha256'>, replayKey: Uint8Array): Uint8Array {
  return crypto.sha256(concatBytes(domain, replayKey)).slice(0, useDigestBytes);
}
