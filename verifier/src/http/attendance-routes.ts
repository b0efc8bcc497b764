import { type Authenticate, actorOf, createRoutes } from '@lanyard/platform';
import { z } from 'zod';
import { type VerificationDeps, verifyAll } from './verification-routes.js';

const CALLERS = ['service:campus'] as const;

/**
 * Who stands at an activity with his code: the verdict, and the number of whoever is let in, which the issuer tells and
 * audits. A code counts once for all activities, so a screenshot is `replayed` or too old; nothing else is told.
 */
export function createAttendanceRoutes(deps: VerificationDeps & { authenticate: Authenticate }) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/attendance-scans',
      callers: CALLERS,
      body: z.strictObject({ code: z.string().min(1).max(1_024) }),
      maxBodyBytes: 4_096,
      summary: 'A verdict on the code of somebody who comes or goes, with his number where it is good',
    },
    async ({ body, caller }) => {
      const { decided, answers } = await verifyAll(deps, { code: body.code, purpose: 'attendance' }, caller);
      const [one] = decided;
      const [answer] = answers;
      const row = one?.verdict.verdict === 'accepted' ? one.rowNumber : undefined;
      const face = row === undefined ? undefined : await deps.findFace(row, actorOf(caller));
      const { verdict, reason, title_zh, title_en } = answer ?? {};
      return {
        body: { verdict, reason, title_zh, title_en, student_number: face?.student_number ?? null },
        headers: { 'Cache-Control': 'no-store' },
      };
    },
  );
  return router;
}
