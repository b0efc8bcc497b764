import { z } from 'zod';
import { partnerEventKinds } from './events.js';

/** Where a partner wants to be told, and of what; whether the address may be called is said when it is registered. */
export const zCallback = z.strictObject({
  url: z.string().max(512),
  events: z.array(z.enum(partnerEventKinds)).min(1).max(partnerEventKinds.length),
});
export type Callback = z.output<typeof zCallback>;
