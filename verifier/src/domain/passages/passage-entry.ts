import { reasons } from '@lanyard/protocol';
import { z } from 'zod';

const zDigest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** How somebody showed who he is, or who opened by hand. */
const SCHEMES = [
  'gate-code',
  'portable-code',
  'paper-pass',
  'nfc-a',
  'nfc-b',
  'nfc-c',
  'guard',
  'physical-key',
] as const;

/** An entry of an agent's journal, as uploaded. `at` is Unix seconds, `row` the package's row number. */
export const zPassageEntry = z
  .strictObject({
    sequence: z.number().int().min(0),
    at: z.number().int().min(0).max(4_294_967_295),
    verdict: z.enum(['accepted', 'rejected', 'cannot-decide']),
    reason: z.enum(reasons as unknown as [string, ...string[]]).nullable(),
    scheme: z.enum(SCHEMES).nullable(),
    row: z.number().int().min(0).max(4_294_967_295).nullable(),
    marks: z.array(z.string().regex(/^[a-z-]{1,32}$/)).max(8),
    /** Digest of key, time and nonce of an accepted code, base64url of 16 bytes. */
    use: z
      .string()
      .regex(/^[A-Za-z0-9_-]{22}$/)
      .optional(),
    previous: zDigest,
    hash: zDigest,
  })
  .refine((entry) => (entry.verdict === 'accepted') === (entry.reason === null), {
    message: 'accepted entries, and only they, have no reason',
  });
export type PassageEntry = z.output<typeof zPassageEntry>;

export const MAX_PASSAGES = 500;
export const zPassages = z.strictObject({ entries: z.array(zPassageEntry).min(1).max(MAX_PASSAGES) });

/** The text under an entry's hash: hash = SHA-256(previous, 32 bytes || this text in UTF-8), the first previous zeros. */
export function passageText(entry: Omit<PassageEntry, 'hash'>): string {
  const { sequence, at, verdict, reason, scheme, row, marks, use, previous } = entry;
  const used = use === undefined ? {} : { use };
  return JSON.stringify({ sequence, at, verdict, reason, scheme, row, marks, ...used, previous });
}
