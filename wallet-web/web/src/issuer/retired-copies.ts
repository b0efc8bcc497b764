import { decodeBase64url } from '@lanyard/protocol';
import type { HeldCredential } from '../storage/kept.js';

/**
 * Whether a copy was signed by a signer the issuer has retired: no verifier takes it any more. A student ID names its
 * signer in the header, a pass holds the 8 bytes.
 */
export function signedByRetired(
  copy: Pick<HeldCredential, 'credential' | 'format' | 'signer'>,
  retired: readonly string[],
): boolean {
  if (retired.length === 0) return false;
  // An mdoc names a certificate; whose key that is was found when it came.
  if (copy.format === 'mso_mdoc') return retired.some((kid) => kid === copy.signer);
  const dot = copy.credential.indexOf('.');
  const text = latin1(decodeBase64url(dot < 0 ? copy.credential : copy.credential.slice(0, dot)));
  return retired.some((kid) => text.includes(dot < 0 ? latin1(decodeBase64url(kid)) : `"kid":"${kid}"`));
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
