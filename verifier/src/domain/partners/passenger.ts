import { z } from 'zod';

/**
 * In whose name a ticket is. It is compared with the register inside one check and then gone: not stored, not logged,
 * not told back.
 */
export const zPassenger = z.strictObject({
  name: z.string().trim().min(1).max(64),
  /** Of the identity document, where the partner has it. */
  document_number: z
    .string()
    .trim()
    .min(4)
    .max(32)
    .regex(/^[A-Za-z0-9()-]+$/)
    .optional(),
});
export type Passenger = z.output<typeof zPassenger>;

/** Wrong passengers for one student on one day; after these nothing is compared any more. */
export const PASSENGER_TRIES_A_DAY = 5;
