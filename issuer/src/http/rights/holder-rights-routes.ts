import type Router from '@koa/router';
import { parseJsonBody, Refusal, readBody } from '@lanyard/platform';
import { z } from 'zod';
import { CORRECTABLE_FIELD_NAMES } from '../../domain/rights/correction.js';
import { parseListPlace } from '../../domain/rights/own-verification.js';
import type { CorrectionStore } from '../../storage/rights/correction-store.js';
import type { ExportStore } from '../../storage/rights/export-store.js';
import type { OwnVerificationStore } from '../../storage/rights/own-verification-store.js';
import { type HolderTokenDeps, requireHolder } from '../holder-token.js';

export interface HolderRightsDeps extends HolderTokenDeps {
  verifications: OwnVerificationStore;
  corrections: CorrectionStore;
  exports: ExportStore;
}

const zPage = z.strictObject({
  after: z.string().max(20).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

const zCorrection = z.strictObject({
  field: z.enum(CORRECTABLE_FIELD_NAMES),
  wanted: z.string().trim().min(1).max(100),
  reason: z.string().trim().max(300).default(''),
});
const zId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);

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

  router.post('/v1/holder/exports', async (context) => {
    const holder = await requireHolder(context, deps, true);
    await readBody(context.req, 64);
    context.set('Cache-Control', 'no-store');
    context.body = await deps.exports.make(holder.studentId, `wallet:${holder.walletId}`);
  });

  router.get('/v1/holder/corrections', async (context) => {
    const holder = await requireHolder(context, deps, true);
    context.set('Cache-Control', 'no-store');
    context.body = { corrections: await deps.corrections.ofStudent(holder.studentId) };
  });
  router.post('/v1/holder/corrections', async (context) => {
    const holder = await requireHolder(context, deps, true);
    const asked = zCorrection.safeParse(parseJsonBody(await readBody(context.req, 4_096)));
    if (!asked.success) throw new Refusal('input-invalid');
    context.set('Cache-Control', 'no-store');
    context.status = 201;
    context.body = { corrections: await deps.corrections.ask(holder, asked.data) };
  });
  router.post('/v1/holder/corrections/:id/withdraw', async (context) => {
    const holder = await requireHolder(context, deps, true);
    await readBody(context.req, 64);
    const id = zId.safeParse(context.params['id']);
    if (!id.success) throw new Refusal('input-invalid');
    context.set('Cache-Control', 'no-store');
    context.body = { corrections: await deps.corrections.withdraw(holder, id.data) };
  });
}
