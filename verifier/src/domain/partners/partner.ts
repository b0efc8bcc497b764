import { parseP256Jwk } from '@lanyard/protocol';
import { z } from 'zod';
import { findPurpose } from '../verifications/purposes.js';
import { type Callback, zCallback } from './callback.js';
import type { RegistrationPart } from './events.js';

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

const zOrigin = z
  .string()
  .max(256)
  .refine((text) => URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text), {
    message: 'an origin: scheme, host and port',
  });

/** A partner as it is registered. Left out, `callback` stays as it is; null ends it. */
export const zPartner = z
  .strictObject({
    name_zh: z.string().trim().min(1).max(80),
    name_en: z.string().trim().min(1).max(80),
    keys: z.array(zKey).max(4),
    purposes: z
      .array(z.string().refine((id) => findPurpose(id) !== undefined, { message: 'no such purpose' }))
      .min(1)
      .max(16),
    claims: z.array(z.enum(partnerClaims)).max(partnerClaims.length).default([]),
    checks_per_minute: z.number().int().min(1).max(100_000).default(60),
    checks_per_day: z.number().int().min(1).max(10_000_000).default(10_000),
    sandbox: z.boolean().default(true),
    return_origins: z.array(zOrigin).max(8).default([]),
    mutual_tls: z.boolean().default(false),
    follow_up: z.boolean().default(false),
    match_passenger: z.boolean().default(false),
    callback: zCallback.nullable().optional(),
  })
  .refine(({ keys, mutual_tls }) => keys.length > 0 || mutual_tls, {
    message: 'a partner without mutual_tls has a key',
    path: ['keys'],
  });
export type PartnerRegistration = z.output<typeof zPartner>;
export const zPartnerId = z.string().regex(/^[a-z][a-z0-9-]{1,31}$/);

export interface Partner extends Omit<PartnerRegistration, 'callback'> {
  readonly id: string;
  readonly callback: Callback | undefined;
}

/** Which parts of a registration differ from the one before. */
export function changedParts(before: Omit<Partner, 'id' | 'callback'>, after: PartnerRegistration): RegistrationPart[] {
  const parts: Record<Exclude<RegistrationPart, 'certificates' | 'callback'>, (one: typeof before) => unknown> = {
    keys: ({ keys }) => keys,
    purposes: ({ purposes }) => purposes,
    claims: ({ claims }) => claims,
    quotas: (one) => [one.checks_per_minute, one.checks_per_day],
    other: (one) => [
      one.name_zh,
      one.name_en,
      one.sandbox,
      one.return_origins,
      one.mutual_tls,
      one.follow_up,
      one.match_passenger,
    ],
  };
  const names = Object.keys(parts) as (keyof typeof parts)[];
  return names.filter((name) => !sameJson(parts[name](before), parts[name](after)));
}

/** The database orders the members of an object in its own way. */
function sameJson(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
