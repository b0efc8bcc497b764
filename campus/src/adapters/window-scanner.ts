import { Refusal, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';

const MAX_PORTRAIT = 400_000;
const zScan = z.object({
  verdict: z.enum(['accepted', 'rejected', 'cannot-decide']),
  reason: z.string().max(64).optional(),
  title_zh: z.string().max(200),
  title_en: z.string().max(200),
  next_zh: z.string().max(300).nullable(),
  next_en: z.string().max(300).nullable(),
  student_number: z.string().max(64).nullable(),
  /** Base64 JPEG. */
  portrait: z.string().max(MAX_PORTRAIT).nullable(),
});
export type WindowScan = z.output<typeof zScan>;

/** Says who stands at a window: the verifier decides, as at a gate, and the look is audited in the clerk's name. */
export interface WindowScanner {
  /** @throws Refusal `dependency-unavailable` where the verifier is away: nobody is let in by an error */
  scan(code: string, clerk: string): Promise<WindowScan>;
}

export function createWindowScanner(verifier: Pick<ServiceClient, 'json'>): WindowScanner {
  return {
    async scan(code, clerk) {
      try {
        const options = { method: 'POST', body: { code }, actor: clerk, timeoutMs: 4_000 };
        return zScan.parse(await verifier.json<unknown>('/v1/window-scans', options));
      } catch (cause) {
        throw new Refusal('dependency-unavailable', { cause });
      }
    },
  };
}
