import { Refusal, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';

const zScan = z.object({
  verdict: z.enum(['accepted', 'rejected', 'cannot-decide']),
  reason: z.string().max(64).optional(),
  title_zh: z.string().max(200),
  title_en: z.string().max(200),
  student_number: z.string().max(64).nullable(),
});
export type Scan = z.output<typeof zScan>;

/** Says whose code was read: the verifier decides, as at a gate. */
export interface AttendanceScanner {
  /** @throws Refusal `dependency-unavailable` where the verifier is away: no verdict comes from an error */
  scan(code: string, actor: string): Promise<Scan>;
}

export function createAttendanceScanner(verifier: Pick<ServiceClient, 'json'>): AttendanceScanner {
  return {
    async scan(code, actor) {
      try {
        const options = { method: 'POST', body: { code }, actor, timeoutMs: 3_000 };
        return zScan.parse(await verifier.json<unknown>('/v1/attendance-scans', options));
      } catch (cause) {
        throw new Refusal('dependency-unavailable', { cause });
      }
    },
  };
}
