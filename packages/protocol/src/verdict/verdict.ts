/** Why somebody is refused (formats.md §6). Each of these was proved; none of them means "we could not find out". */
export const rejectedReasons = [
  'malformed',
  'unsupported-version',
  'too-old',
  'in-the-future',
  'unknown-handle',
  'unknown-issuer',
  'issuer-signature-invalid',
  'issuer-not-entitled',
  'not-yet-valid',
  'expired',
  'holder-signature-invalid',
  'challenge-missing',
  'suspended',
  'revoked',
  'not-registered',
  'not-permitted',
  'outside-hours',
  'replayed',
  'anti-passback',
] as const;

/** Why nothing can be said. */
export const cannotDecideReasons = [
  'no-package',
  'package-too-old',
  'package-expired',
  'status-unavailable',
  'status-too-old',
  'issuer-keys-missing',
  'trust-list-expired',
  'clock-unreliable',
  'network-needed',
  'internal',
] as const;

export type RejectedReason = (typeof rejectedReasons)[number];
export type CannotDecideReason = (typeof cannotDecideReasons)[number];
export type Reason = RejectedReason | CannotDecideReason;

/** The three things a checkpoint can say. */
export type Verdict =
  | { readonly verdict: 'accepted'; readonly reason?: undefined }
  | { readonly verdict: 'rejected'; readonly reason: RejectedReason }
  | { readonly verdict: 'cannot-decide'; readonly reason: CannotDecideReason };

/** Every reason there is, in the order of the lists above. */
export const reasons: readonly Reason[] = [...rejectedReasons, ...cannotDecideReasons];

/** A refusal that was proved. */
export function rejected(reason: RejectedReason): Verdict {
  return { verdict: 'rejected', reason };
}

/** Missing data or time: nobody is accused and nobody passes. */
export function cannotDecide(reason: CannotDecideReason): Verdict {
  return { verdict: 'cannot-decide', reason };
}
