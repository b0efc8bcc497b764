import { type Authenticate, actorOf, createRoutes } from '@lanyard/platform';
import { z } from 'zod';
import { type VerificationDeps, verifyAll } from './verification-routes.js';
import { type WindowAnswerDeps, windowAnswer } from './window-answer.js';

const CALLERS = ['service:campus'] as const;

/**
 * Who stands at a service window of campus with his code: the verdict with the clerk's next step, and the person of
 * whoever is let in, whom the issuer tells and audits as a look at a window, in the clerk's name. A code counts once for
 * all windows, so a picture of one is `replayed` or too old.
 */
export function createWindowScanRoutes(deps: VerificationDeps & WindowAnswerDeps & { authenticate: Authenticate }) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/window-scans',
      callers: CALLERS,
      body: z.strictObject({ code: z.string().min(1).max(1_024) }),
      maxBodyBytes: 4_096,
      summary: 'A verdict on the code of somebody at a window, with his number and portrait where it is good',
    },
    async ({ body, caller }) => {
      const { decided } = await verifyAll(deps, { code: body.code, purpose: 'service-window' }, caller);
      const [one] = decided;
      if (one === undefined) throw new TypeError('one code has one verdict');
      return {
        body: await windowAnswer(deps, one.verdict, { row: one.rowNumber, actor: actorOf(caller) }),
        headers: { 'Cache-Control': 'no-store' },
      };
    },
  );
  return router;
}
