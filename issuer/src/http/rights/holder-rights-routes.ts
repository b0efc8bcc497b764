import type Router from '@koa/router';
import { Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { parseListPlace } from '../../domain/rights/own-verification.js';
import type { OwnVerificationStore } from '../../storage/rights/own-verification-store.js';
import { type HolderTokenDeps, requireHolder } from '../holder-token.js';

export interface HolderRightsDeps extends HolderTokenDeps {
  verifications: OwnVerificationStore;
}

const zPage = z.strictObject({
  after: z.string().max(20).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** What a student may know and ask about himself, over his wallet's own line. */
export function addHolderRightsRoutes(router: Router, deps: HolderRightsDeps): void {
  router.get('/v1/holder/verifications', async (context) => {
    const holder = await requireHolder(context, deps, true);
    const query = zPage.safeParse(Object.fromEntries(new URLSearchParams(context.querystring)));
    if (!query.success) throw new Refusal('input-invalid');
    const { after, limit } = query.data;
    const place = after === undefined ? undefined : parseListPlace(after);
    if (after !== undefined && place === undefined) throw new Refusal('input-invalid');
    context.set('Cache-Control', 'no-store');
    context.body = await deps.verifications.page(holder.studentId, place, limit);
  });
}
