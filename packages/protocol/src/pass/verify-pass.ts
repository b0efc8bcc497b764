import { verifySign1 } from '../cose/verify-sign1.js';
import type { CryptoPort, VerifyKey } from '../crypto/port.js';
import type { ParsedPass } from './parse-pass.js';
import type { PassClaims } from './pass.js';

declare const verifiedPassBrand: unique symbol;

/** Claims whose issuer signature holds under `issuerKey`. Whether that key may speak for the university is another check. */
export interface VerifiedPass {
  readonly kid: Uint8Array;
  readonly claims: PassClaims;
  /** The key it was verified under, compressed. */
  readonly issuerKey: Uint8Array;
  readonly [verifiedPassBrand]: true;
}

/** The pass as a proof value when its issuer signature holds, else undefined. Validity in time is not looked at. */
export function verifyPass(
  crypto: Pick<CryptoPort, 'verifyEs256'>,
  parsed: ParsedPass,
  issuerKey: VerifyKey,
): VerifiedPass | undefined {
  if (!verifySign1(crypto, parsed.sign1, issuerKey)) return undefined;
  return { kid: parsed.kid, claims: parsed.claims, issuerKey: issuerKey.compressed } as VerifiedPass;
}
