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
import { MdocError, type MdocErrorCode } from '@lanyard/protocol/mdoc';

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

const ofMdoc: Partial<Record<MdocErrorCode, RejectedReason>> = {
  'mdoc-unknown-issuer': 'unknown-issuer',
  'mdoc-chain-missing': 'unknown-issuer',
  'mdoc-issuer-signature-invalid': 'issuer-signature-invalid',
  // The issuer's signature covers the digests: another element is not what it signed.
  'mdoc-digest-wrong': 'issuer-signature-invalid',
  'mdoc-digest-missing': 'issuer-signature-invalid',
  'mdoc-doc-type-not-accepted': 'not-permitted',
  'mdoc-not-yet-valid': 'not-yet-valid',
  'mdoc-expired': 'expired',
  'mdoc-device-auth-missing': 'holder-signature-invalid',
  'mdoc-device-mac-not-supported': 'holder-signature-invalid',
  'mdoc-device-signature-invalid': 'holder-signature-invalid',
  'mdoc-device-key-malformed': 'holder-signature-invalid',
  'mdoc-device-element-not-authorised': 'holder-signature-invalid',
};

/** The verdict for a presentation the protocol refused; whatever has no reason of its own is `malformed`. */
export function verdictOfRefusal(error: unknown): Verdict | undefined {
  if (error instanceof SdJwtVcError) {
    if (error.code === 'status-not-supported') return { verdict: 'cannot-decide', reason: 'status-unavailable' };
    return rejected(ofCredential[error.code] ?? 'malformed');
  }
  if (error instanceof SdJwtError) return rejected(ofBinding[error.code] ?? 'malformed');
  if (error instanceof MdocError) {
    if (error.code === 'mdoc-status-not-supported') return { verdict: 'cannot-decide', reason: 'status-unavailable' };
    return rejected(ofMdoc[error.code] ?? 'malformed');
  }
  if (error instanceof JwsError) return rejected('malformed');
  return undefined;
}
