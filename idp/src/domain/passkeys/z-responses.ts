import { z } from 'zod';

const zBytes = (maxChars: number) =>
  z
    .string()
    .max(maxChars)
    .regex(/^[A-Za-z0-9_-]*$/);
const zCredentialId = zBytes(1_364).min(22);
const zExtras = {
  authenticatorAttachment: z.string().max(40).nullish(),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
};

/** AuthenticationResponseJSON (WebAuthn Level 3 §5.1.5). The user handle is asked for: our passkeys are discoverable. */
export const zAssertion = z
  .object({
    id: zCredentialId,
    rawId: zCredentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: zBytes(4_096).min(1),
      authenticatorData: zBytes(4_096).min(1),
      signature: zBytes(2_048).min(1),
      userHandle: zBytes(100).min(1),
    }),
    ...zExtras,
  })
  .refine((value) => value.id === value.rawId, 'id and rawId differ');

/** RegistrationResponseJSON. */
export const zRegistration = z
  .object({
    id: zCredentialId,
    rawId: zCredentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: zBytes(4_096).min(1),
      attestationObject: zBytes(16_384).min(1),
      transports: z.array(z.string().max(20)).max(10).default([]),
    }),
    ...zExtras,
  })
  .refine((value) => value.id === value.rawId, 'id and rawId differ');

export type Assertion = z.output<typeof zAssertion>;
export type Registration = z.output<typeof zRegistration>;
