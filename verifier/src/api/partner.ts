import { z } from 'zod';
import { entitlementReasons } from '../domain/entitlements/entitlement.js';

/**
 * Everything a partner is ever told, and nothing else: the answers of `/partner/v1` are read through these, so a field
 * that is not here cannot leave.
 */
const zFen = z.number().int().min(0);
const zDay = z.iso.date();
const zClaims = z.strictObject({
  level: z.string().optional(),
  study_form: z.enum(['full-time', 'part-time']).optional(),
  enrolment_status: z.string().optional(),
  registered_until: zDay.optional(),
  interval: z.strictObject({ from: z.string(), to: z.string() }).optional(),
});
const zUses = z.strictObject({
  id: z.string(),
  year_from: zDay,
  year_to: zDay,
  uses: z.number().int(),
  left: z.number().int().min(0),
});
const told = {
  id: z.string(),
  purpose: z.string(),
  at: z.iso.datetime(),
  claims: zClaims,
  receipt: z.string(),
  passenger: z.literal('match').optional(),
};

export const zCheckAnswer = z.discriminatedUnion('result', [
  z.strictObject({ ...told, result: z.literal('eligible'), valid_until: zDay, entitlement: zUses.optional() }),
  z.strictObject({
    ...told,
    result: z.literal('not-eligible'),
    reason: z.string().describe(`${entitlementReasons.join(', ')}, or why what was shown proves nothing`),
    title_zh: z.string(),
    title_en: z.string(),
  }),
  z.strictObject({
    result: z.literal('cannot-decide'),
    reason: z.string(),
    title_zh: z.string(),
    title_en: z.string(),
  }),
]);
export type CheckAnswer = z.input<typeof zCheckAnswer>;

export const zCheckRequestMade = z.strictObject({
  id: z.string(),
  state: z.literal('open'),
  expires_at: z.iso.datetime(),
  /** For a browser on the student's phone. */
  wallet_link: z.string(),
  /** The same for a QR code, or another wallet. */
  authorization_request: z.string(),
});
export const zCheckRequestAnswer = z.discriminatedUnion('state', [
  z.strictObject({ id: z.string(), state: z.literal('open') }),
  z.strictObject({ id: z.string(), state: z.literal('answered'), check: zCheckAnswer }),
  z.strictObject({
    ...{ id: z.string(), state: z.literal('ended') },
    reason: z.string().describe('declined, expired, wallet-error, or why nothing could be decided'),
    ...{ title_zh: z.string(), title_en: z.string() },
  }),
]);

/** In the sandbox, what stands for the student's answer; what came of it is read as with a real one. */
export const zSandboxAnswered = z.strictObject({
  id: z.string(),
  state: z.enum(['answered', 'ended']),
  /** Where the student's browser would go, with the response code. */
  return_to: z.string().optional(),
});

export const zPassengerAnswer = z.strictObject({ passenger: z.enum(['match', 'mismatch']) });
export const zCallbackAnswer = z.strictObject({
  callback: z.strictObject({ url: z.string(), events: z.array(z.string()) }).nullable(),
});
export const zPartnerCertificateAnswer = z.strictObject({
  certificate: z.string().describe('DER, base64'),
  authority: z.string().describe('DER, base64'),
  not_after: z.iso.datetime(),
});

export const zUseAnswer = z.strictObject({
  id: z.string(),
  state: z.enum(['reserved', 'redeemed', 'released', 'expired', 'refunded']),
  fare_fen: zFen,
  reserved_until: z.iso.datetime(),
  left: z.number().int().min(0),
});

export const zReceiptKeys = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: z.string(),
      y: z.string(),
      kid: z.string(),
      alg: z.literal('ES256'),
      use: z.literal('sig'),
    }),
  ),
});
