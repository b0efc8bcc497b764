import { equalBytes } from '../bytes/bytes.js';
import type { CryptoPort, VerifyKey } from '../crypto/port.js';
import { DocumentError } from '../errors.js';
import type { SignerKey } from './people-part.js';

/**
 * The key of a kid among trusted signers.
 * @throws DocumentError `unknown-signer`.
 */
export function findSigner(
  document: string,
  crypto: Pick<CryptoPort, 'importVerifyKey'>,
  signers: readonly SignerKey[],
  kid: Uint8Array,
): VerifyKey {
  const signer = signers.find((candidate) => equalBytes(candidate.kid, kid));
  const key = signer === undefined ? undefined : crypto.importVerifyKey(signer.key);
  if (key === undefined) throw new DocumentError(document, 'unknown-signer', 'no such signer is trusted');
  return key;
}
