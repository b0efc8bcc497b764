import { z } from 'zod';

/** What people read, in both languages; neither is optional. */
export const zText = z.strictObject({ zh: z.string().trim().min(1).max(400), en: z.string().trim().min(1).max(800) });
export type Text = z.output<typeof zText>;

export const zRoleName = z.string().regex(/^[a-z][a-z-]{1,39}$/);
/** Names of services, steps, rules: lower case with hyphens. */
export const zSlug = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/);
