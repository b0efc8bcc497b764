import { zAfter } from '@lanyard/platform';
import { z } from 'zod';
import { zRoleName, zSlug } from '../domain/definitions/texts.js';
import { zForm } from './case-bodies.js';

const zTitle = z.strictObject({ zh: z.string().trim().min(1).max(100), en: z.string().trim().min(1).max(200) });
/** Up to 24:00, which is the end of the day. */
const zTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/);
const zOpening = z
  .strictObject({ days: z.array(z.int().min(1).max(7)).min(1).max(7), from: zTime, to: zTime })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'ends before it starts' });
const zScope = z
  .strictObject({ kind: z.enum(['university', 'campus', 'college', 'building']), value: z.string().max(100) })
  .refine(({ kind, value }) => (kind === 'university') === (value === ''), 'a part has a name, the whole has none');

export const zWindow = z
  .strictObject({
    ...{ title: zTitle, place: zTitle },
    services: z.array(zSlug).min(1).max(100),
    clerks: z.strictObject({ role: zRoleName, scope: zScope }),
    hours: z.array(zOpening).min(1).max(20),
    kiosk: z.boolean(),
    reader: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
      .nullable()
      .default(null),
    card_confirms: z.boolean().default(false),
  })
  .refine(({ reader, card_confirms }) => reader !== null || !card_confirms, {
    path: ['card_confirms'],
    message: 'needs a reader',
  });
export const zWindowId = z.object({ id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/) });
const zId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
export const zVisitId = z.object({ id: zId });
export const zCode = z.strictObject({ code: z.string().trim().min(1).max(1_024) });
/** What opens a visit: a code, or a tap at the window's reader. */
export const zShown = z.union([zCode, z.strictObject({ tap: zId })]);
export const zConfirmingTap = z.strictObject({ tap: zId, portrait_compared: z.boolean().default(false) });
export const zTapsQuery = z.object({
  after: zAfter,
  wait: z.coerce.number().min(0).max(20).default(0),
});
export const zAsked = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('submit'), service: zSlug, form: zForm }),
  z.strictObject({ verb: z.literal('resubmit'), case: zId, form: zForm }),
  z.strictObject({ verb: z.literal('withdraw'), case: zId, reason: z.string().trim().max(500).default('') }),
]);
export const zAnswer = z.strictObject({ answer: z.enum(['right', 'not-right']) });
