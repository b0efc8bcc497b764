import { z } from 'zod';

/** Shapes that partners' routes share. */
export const zPurposeId = z.string().min(1).max(64);
export const zPartnerThing = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
export const noStore = { 'Cache-Control': 'no-store' };
