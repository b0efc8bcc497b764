import { assembleJws, prepareJws, type Sign } from '@lanyard/protocol';
import type { PartnerCheck } from './check.js';

export const RECEIPT_TYPE = 'lanyard-check-receipt+jwt';

/**
 * A partner's evidence (docs/formats.md): a JWS anybody can verify under the keys at `/partner/v1/receipt-keys`. It says
 * who asked what and when, and what the answer was; the subject is the student for this partner alone.
 */
export function createReceipt(
  check: PartnerCheck,
  parts: {
    readonly issuer: string;
    readonly claims: Record<string, unknown>;
    readonly kid: string;
    readonly sign: Sign;
  },
): string {
  const { outcome } = check;
  const prepared = prepareJws(
    { typ: RECEIPT_TYPE, kid: parts.kid },
    {
      ...{ iss: parts.issuer, aud: check.partnerId, jti: check.id, iat: Math.floor(check.atMs / 1000) },
      ...{ purpose: check.purpose, consent: check.kind, result: outcome.result },
      ...(outcome.result === 'eligible' ? { valid_until: outcome.validUntil } : { reason: outcome.reason }),
      ...(check.student === undefined ? {} : { sub: check.student.subject }),
      ...(check.passengerMatched ? { passenger: 'match' } : {}),
      ...(Object.keys(parts.claims).length === 0 ? {} : { claims: parts.claims }),
    },
  );
  return assembleJws(prepared, parts.sign(prepared.signingInput));
}
