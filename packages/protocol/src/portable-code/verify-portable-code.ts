import type { CryptoPort, VerifyKey } from '../crypto/port.js';
import { portableCodeToBeSigned } from './create-portable-code.js';
import type { ParsedPortableCode } from './parse-portable-code.js';

/**
 * True when the holder of `holderKey` signed this code over the pass in it and, where given, this challenge.
 * `passHash` is SHA-256 of `code.pass`. Proves possession of the key, not that the pass is genuine.
 */
export function verifyPortableCodeSignature(
  crypto: Pick<CryptoPort, 'verifyEs256'>,
  code: ParsedPortableCode,
  passHash: Uint8Array,
  holderKey: VerifyKey,
  challenge?: Uint8Array,
): boolean {
  const data = portableCodeToBeSigned(passHash, code.timeSeconds, code.nonce, challenge);
  return crypto.verifyEs256(holderKey, data, code.signature);
}
