import { z } from 'zod';

/** `after` of a listing that goes on by an `integer` column: no number beyond it. */
export const zAfter = z.coerce.number().pipe(z.int32().min(0)).default(0);
