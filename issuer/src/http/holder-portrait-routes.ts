import type Router from '@koa/router';
import type { PortraitMaker } from '../adapters/children/portrait-maker.js';
import type { PortraitSubmissionStore } from '../storage/students/portrait-submission-store.js';
import { type HolderTokenDeps, requireHolder } from './holder-token.js';
import { portraitFrom } from './portrait-routes.js';

/** A student's own portrait by the wallet's line: hands one in, and sees what became of it. */
export function addHolderPortraitRoutes(
  router: Router,
  deps: HolderTokenDeps & { submissions: PortraitSubmissionStore; maker: PortraitMaker },
): void {
  router.get('/v1/holder/portrait', async (context) => {
    const holder = await requireHolder(context, deps, true);
    context.set('Cache-Control', 'no-store');
    const own = await deps.submissions.ownOf(holder.studentId);
    context.body = { ...own, submitted_at: own.submitted_at === null ? null : own.submitted_at.getTime() / 1000 };
  });
  router.post('/v1/holder/portrait', async (context) => {
    const holder = await requireHolder(context, deps, true);
    await deps.submissions.submitOwn(holder, await portraitFrom(context.req, deps.maker));
    context.set('Cache-Control', 'no-store');
    context.status = 202;
    context.body = { state: 'waiting' };
  });
}
