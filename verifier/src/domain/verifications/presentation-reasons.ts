import {
  JwsError,
  type RejectedReason,
  rejected,
  SdJwtError,
  type SdJwtErrorCode,
  SdJwtVcError,
  type SdJwtVcErrorCode,
  type Verdict,
} from '@lanyard/protocol';

const ofCredential: Partial<Record<SdJwtVcErrorCode, RejectedReason>> = {
  'unknown-issuer': 'unknown-issuer',
  'issuer-signature-invalid': 'issuer-signature-invalid',
  'not-yet-valid': 'not-yet-valid',
  expired: 'expired',
  // A genuine credential of another kind opens nothing here.
  'vct-not-accepted': 'not-permitted',
  'holder-key-missing': 'holder-signature-invalid',
  'holder-key-malformed': 'holder-signature-invalid',
};
const ofBinding: Partial<Record<SdJwtErrorCode, RejectedReason>> = {
  'key-binding-missing': 'holder-signature-invalid',
  'key-binding-signature-invalid': 'holder-signature-invalid',
  // As with gate codes: a signature over another challenge than ours proves nothing to us.
  'key-binding-nonce-wrong': 'holder-signature-invalid',
  'key-binding-audience-wrong': 'holder-signature-invalid',
  'key-binding-sd-hash-wrong': 'holder-signature-invalid',
  'key-binding-too-old': 'too-old',
  'key-binding-in-the-future': 'in-the-future',
};

/** The verdict for a presentation the protocol refused; whatever has no reason of its own is `malformed`. */
export function verdictOfRefusal(error: unknown): Verdict | undefined {
  if (error instanceof SdJwtVcError) {
    if (error.code === 'status-not-supported') return { verdict: 'cannot-decide', reason: 'status-unavailable' };
    return rejected(ofCredential[error.code] ?? 'malformed');
  }
  if (error instanceof SdJwtError) return rejected(ofBinding[error.code] ?? 'malformed');
  if (error instanceof JwsError) return rejected('malformed');
  return undefined;
}
