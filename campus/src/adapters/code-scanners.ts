import { Refusal, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';

const MAX_PORTRAIT = 400_000;
const zScan = z.object({
  verdict: z.enum(['accepted', 'rejected', 'cannot-decide']),
  reason: z.string().max(64).optional(),
  title_zh: z.string().max(200),
  title_en: z.string().max(200),
  student_number: z.string().max(64).nullable(),
});
export type Scan = z.output<typeof zScan>;
export const zWindowScan = zScan.extend({
  next_zh: z.string().max(300).nullable(),
  next_en: z.string().max(300).nullable(),
  /** Base64 JPEG. */
  portrait: z.string().max(MAX_PORTRAIT).nullable(),
});
export type WindowScan = z.output<typeof zWindowScan>;

/** Says whose code was read: the verifier decides, as at a gate. */
export interface CodeScanner<Answer> {
  /** @throws Refusal `dependency-unavailable` where the verifier is away: nobody is let in by an error */
  scan(code: string, actor: string): Promise<Answer>;
}
export type AttendanceScanner = CodeScanner<Scan>;
/** The look at who stands there is audited in the clerk's name. */
export type WindowScanner = CodeScanner<WindowScan>;

type Verifier = Pick<ServiceClient, 'json'>;

export const createAttendanceScanner = (verifier: Verifier): AttendanceScanner =>
  scannerAt(verifier, '/v1/attendance-scans', { answer: zScan, timeoutMs: 3_000 });
export const createWindowScanner = (verifier: Verifier): WindowScanner =>
  scannerAt(verifier, '/v1/window-scans', { answer: zWindowScan, timeoutMs: 4_000 });

function scannerAt<Answer>(
  verifier: Verifier,
  path: string,
  { answer, timeoutMs }: { readonly answer: z.ZodType<Answer>; readonly timeoutMs: number },
): CodeScanner<Answer> {
  return {
    async scan(code, actor) {
      try {
        return answer.parse(await verifier.json<unknown>(path, { method: 'POST', body: { code }, actor, timeoutMs }));
      } catch (cause) {
        throw new Refusal('dependency-unavailable', { cause });
      }
    },
  };
}
