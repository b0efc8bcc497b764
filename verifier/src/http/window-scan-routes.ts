import { type Authenticate, actorOf, createRoutes } from '@lanyard/platform';
import { reasonTexts } from '@lanyard/protocol';
import { z } from 'zod';
import { type VerificationDeps, verifyAll } from './verification-routes.js';

const CALLERS = ['service:campus'] as const;

/**
 * Who stands at a service window of campus with his code: the verdict with the clerk's next step, and the person of
 * whoever is let in, whom the issuer tells and audits as a look at a window, in the clerk's name. A code counts once for
 * all windows, so a picture of one is `replayed` or too old.
 */
export function createWindowScanRoutes(
  deps: VerificationDeps & { authenticate: Authenticate; fetchPortrait: (portraitId: string) => Promise<Buffer> },
) {
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
      const { decided, answers } = await verifyAll(deps, { code: body.code, purpose: 'service-window' }, caller);
      const [one] = decided;
      const { verdict, reason, title_zh, title_en } = answers[0] ?? {};
      const row = one?.verdict.verdict === 'accepted' ? one.rowNumber : undefined;
      const person = row === undefined ? undefined : await deps.openAtWindow(row, actorOf(caller));
      const texts = one?.verdict.reason === undefined ? undefined : reasonTexts[one.verdict.reason];
      return {
        body: {
          ...{ verdict, reason, title_zh, title_en },
          ...{ next_zh: texts?.zh.next_guard ?? null, next_en: texts?.en.next_guard ?? null },
          student_number: person?.student_number ?? null,
          portrait: await portraitOf(person?.portrait_id ?? null),
        },
        headers: { 'Cache-Control': 'no-store' },
      };
    },
  );

  /** Base64 JPEG; null where there is none or it cannot be had: a clerk compares with a paper ID then. */
  async function portraitOf(id: string | null): Promise<string | null> {
    if (id === null) return null;
    return deps.fetchPortrait(id).then(
      (jpeg) => jpeg.toString('base64'),
      () => null,
    );
  }
  return router;
}
