import type { CryptoPort, VerifyKey } from '../crypto/port.js';
import { gateCodeToBeSigned } from './create-gate-code.js';
import type { ParsedGateCode } from './parse-gate-code.js';

/**
 * True when the holder of `key` signed this code with the mask of its day and, for version 2, over this challenge.
 * Proves possession of the key at some time; freshness, replay and permission are decided elsewhere.
 */
export function verifyGateCodeSignature(
  crypto: Pick<CryptoPort, 'verifyEs256'>,
  code: ParsedGateCode,
  key: VerifyKey,
  mask: Uint8Array,
  challenge?: Uint8Array,
): boolean {
  // A challenge under a free code, or none under an answer, would let one be passed off as the other.
  if ((code.version === 2) !== (challenge !== undefined)) return false;
  return crypto.verifyEs256(key, gateCodeToBeSigned(code.head, mask, challenge), code.signature);
}
