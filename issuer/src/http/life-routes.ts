import { type Authenticate, actorOf, createRoutes, type Database, onceByKey, zDay } from '@lanyard/platform';
import { z } from 'zod';
import { CHANGE_KINDS, CHANGE_REASON_CODES, CHANGE_REASONS, OPEN_KIND_CODES } from '../domain/life/change-kinds.js';
import { FACT_COLUMNS } from '../domain/life/fold-life.js';
import { factsAsIssued } from '../domain/life/name-as-issued.js';
import type { LifeStore } from '../storage/life/life-store.js';

export interface LifeDeps {
  database: Database;
  authenticate: Authenticate;
  lives: LifeStore;
}

const staff = ['operator', 'service:admin'] as const;
const zNumber = z.object({ number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) });
export const zFlag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
const zDryRun = z.object({ dry_run: zFlag });
const zDocument = z.string().trim().min(1).max(64).optional();
const zVersion = z.number().int().min(0).optional();
const zFacts = z.partialRecord(z.enum(FACT_COLUMNS), z.string().trim().max(100));
const zChange = z.strictObject({
  kind: z.enum(OPEN_KIND_CODES as [(typeof OPEN_KIND_CODES)[number], ...(typeof OPEN_KIND_CODES)[number][]]),
  effective_date: zDay,
  until: zDay.optional(),
  facts: zFacts.refine((facts) => facts.name !== '', 'a name is not empty').optional(),
  document_number: zDocument,
  reason_code: z.enum(CHANGE_REASON_CODES).default('regular'),
  /** Of the life this was decided on; without it whatever is there. */
  version: zVersion,
});
const zReversal = z.strictObject({
  document_number: zDocument,
  reason_code: z.enum(CHANGE_REASON_CODES).default('data-error'),
  version: zVersion,
});

/** A student's years: what was, what is planned, one more change, and a change undone. */
export function createLifeRoutes(deps: LifeDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/status-change-kinds', callers: staff, summary: 'Kinds of changes and their rules' },
    () => ({
      body: {
        kinds: OPEN_KIND_CODES.map((code) => ({ code, ...CHANGE_KINDS[code] })),
        reasons: Object.entries(CHANGE_REASONS).map(([code, names]) => ({ code, ...names })),
      },
    }),
  );
  route(
    {
      method: 'get',
      path: '/v1/students/:number/status-changes',
      callers: staff,
      params: zNumber,
      summary: 'The life of a student, newest first',
    },
    async ({ params }) => ({ body: await deps.lives.history(params.number) }),
  );
  route(
    {
      method: 'post',
      path: '/v1/students/:number/status-changes',
      callers: staff,
      params: zNumber,
      query: zDryRun,
      body: zChange,
      summary: 'A dated change of a student, or what it would do',
    },
    async ({ params, query, body, caller, context }) => {
      const actor = actorOf(caller);
      const { facts, mended } = factsAsIssued(body.facts);
      const asked = {
        ...{ kind: body.kind, effectiveDate: body.effective_date, until: body.until, facts },
        ...{ documentNumber: body.document_number, reasonCode: body.reason_code },
      };
      if (query.dry_run) {
        const preview = await deps.lives.previewAdd(params.number, asked, actor);
        return { body: { ...preview, mended_name: mended ?? null } };
      }
      const request = { caller: actor, key: keyOf(context), body: { number: params.number, ...body } };
      return onceByKey(deps.database, request, async (transaction) => ({
        status: 201,
        body: await deps.lives.add(transaction, params.number, asked, body.version, actor),
      }));
    },
  );
  const zReversed = zNumber.extend({ id: z.coerce.number().int().positive() });
  route(
    {
      method: 'post',
      path: '/v1/students/:number/status-changes/:id/reverse',
      callers: staff,
      params: zReversed,
      query: zDryRun,
      body: zReversal,
      summary: 'Undoes a change by another one, or what that would do',
    },
    async ({ params, query, body, caller, context }) => {
      const actor = actorOf(caller);
      const undo = { changeId: params.id, documentNumber: body.document_number, reasonCode: body.reason_code };
      if (query.dry_run) return { body: await deps.lives.previewUndo(params.number, undo, actor) };
      const request = { caller: actor, key: keyOf(context), body: { ...params, ...body } };
      return onceByKey(deps.database, request, async (transaction) => ({
        status: 201,
        body: await deps.lives.undo(transaction, params.number, undo, body.version, actor),
      }));
    },
  );
  return router;
}

export const keyOf = (context: { get(name: string): string }): string | undefined =>
  context.get('Idempotency-Key') || undefined;
