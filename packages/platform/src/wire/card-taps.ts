import { type Reason, type RejectedReason, reasons, rejectedReasons } from '@lanyard/protocol';
import { z } from 'zod';

/** Taps in one call. */
export const MAX_CARD_TAPS = 16;

const zId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const zHex = (bytes: number) => z.string().regex(new RegExp(`^[0-9A-Fa-f]{${bytes * 2}}$`));
const zRow = z.number().int().min(0).max(4_294_967_295);
/** 8 bytes in base64url. */
const zPortraitId = z.string().regex(/^[A-Za-z0-9_-]{11}$/);

/** What a card's address says: encrypted PICC data and CMAC in hexadecimal, and the batch whose keys they are under. */
export const zSunFields = z.strictObject({
  picc_data: zHex(16),
  cmac: zHex(8),
  key_version: z.number().int().min(1).max(255),
});

/** A read of a campus card. Made once and sent again as it is: the same `id` (16 random bytes) gets the same answer. */
export const zCardTap = z.strictObject({
  id: zId,
  ...zSunFields.shape,
  /** Unix seconds of the read; a queued tap may be days old. */
  at: z.number().int().min(0).max(4_294_967_295),
});
export type CardTap = Readonly<z.output<typeof zCardTap>>;

/** Body of `POST /v1/card-taps`, from agent to verifier and from verifier to issuer. */
export const zCardTaps = z.strictObject({ taps: z.array(zCardTap).min(1).max(MAX_CARD_TAPS) });

/** What the issuer says of reads: it alone has the keys and the counters. `state` is the byte of a people row. */
export const zIssuerTapResults = z.object({
  results: z
    .array(
      z.discriminatedUnion('result', [
        z.object({
          id: zId,
          result: z.literal('accepted'),
          holder: z.object({
            row: zRow,
            state: z.number().int().min(0).max(255),
            policy_class: z.number().int().min(0).max(255),
            portrait_id: zPortraitId.optional(),
          }),
        }),
        z.object({
          id: zId,
          result: z.literal('rejected'),
          reason: z.enum(rejectedReasons as unknown as [RejectedReason, ...RejectedReason[]]),
        }),
      ]),
    )
    .max(MAX_CARD_TAPS),
});
export type IssuerTapResult = z.output<typeof zIssuerTapResults>['results'][number];

/** What the verifier says of them by the policy of the agent's checkpoint. */
export const zDecidedTaps = z.object({
  results: z
    .array(
      z.object({
        id: zId,
        verdict: z.enum(['accepted', 'rejected', 'cannot-decide']),
        reason: z.enum(reasons as unknown as [Reason, ...Reason[]]).optional(),
        row: zRow.optional(),
        portrait_id: zPortraitId.optional(),
      }),
    )
    .max(MAX_CARD_TAPS),
});
