import { parseP256Jwk } from '@lanyard/protocol';
import { z } from 'zod';
import { findPurpose } from '../verifications/purposes.js';

/** What a partner may learn besides yes or no: nothing that names a person. */
export const partnerClaims = ['level', 'study_form', 'enrolment_status', 'registered_until', 'interval'] as const;
export type PartnerClaim = (typeof partnerClaims)[number];

const zKey = z.unknown().transform((value, context) => {
  try {
    const { kty, crv, x, y } = parseP256Jwk(value);
    const kid = (value as { kid?: unknown }).kid;
    return { kty, crv, x, y, ...(typeof kid === 'string' ? { kid } : {}) };
  } catch {
    context.addIssue({ code: 'custom', message: 'a public JWK on P-256' });
    return z.NEVER;
  }
});

/** A partner as it is registered. */
export const zPartner = z.strictObject({
  name_zh: z.string().trim().min(1).max(80),
  name_en: z.string().trim().min(1).max(80),
  keys: z.array(zKey).min(1).max(4),
  purposes: z
    .array(z.string().refine((id) => findPurpose(id) !== undefined, { message: 'no such purpose' }))
    .min(1)
    .max(16),
  claims: z.array(z.enum(partnerClaims)).max(partnerClaims.length).default([]),
  checks_per_minute: z.number().int().min(1).max(100_000).default(60),
  checks_per_day: z.number().int().min(1).max(10_000_000).default(10_000),
  sandbox: z.boolean().default(true),
});
export type PartnerRegistration = z.output<typeof zPartner>;
export const zPartnerId = z.string().regex(/^[a-z][a-z0-9-]{1,31}$/);

export interface Partner extends PartnerRegistration {
  readonly id: string;
}
