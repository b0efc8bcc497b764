import { type Authenticate, actorOf, createRoutes, zAfter } from '@lanyard/platform';
import { z } from 'zod';
import { readStatusChangeRows, STATUS_CHANGE_COLUMNS } from '../domain/bulk/status-change-rows.js';
import { BULK_KINDS, type BulkRunStore } from '../storage/bulk/bulk-run-store.js';
import type { StatusChangeRuns } from '../storage/bulk/status-change-runs.js';
import { zFlag } from './life-routes.js';
import { readUploadedTable, type TableUploadDeps } from './table-upload.js';

export interface BulkDeps extends TableUploadDeps {
  authenticate: Authenticate;
  runs: BulkRunStore;
  statusChanges: StatusChangeRuns;
  /** Begins work that nobody waits for. */
  begin: () => void;
}

const staff = ['operator', 'service:admin'] as const;
const MAX_FILE_BYTES = 64 << 20;
const zDryRun = z.object({ dry_run: zFlag });
const zId = z.object({ id: z.coerce.number().int().positive() });

/** Work on many students: files of status changes, and every run's progress, second person and undo. */
export function createBulkRoutes(deps: BulkDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/status-change-batches',
      callers: staff,
      query: zDryRun,
      summary: 'A file of status changes (CSV or .xlsx): what it would do, or a run that does it',
    },
    async ({ query, caller, context }) => {
      const limited = { ...deps, maxBytes: MAX_FILE_BYTES };
      const table = await readUploadedTable(context.req, STATUS_CHANGE_COLUMNS, ['number'], limited);
      const read = readStatusChangeRows(table.rows);
      const findings = [...read.findings, ...table.findings].sort((a, b) => a.line - b.line);
      const { asked } = read;
      const made = await deps.statusChanges.run({ asked, findings, actor: actorOf(caller), dryRun: query.dry_run });
      if (made.state === 'applying') deps.begin();
      return { status: made.state === 'dry-run' ? 200 : 202, body: made };
    },
  );
  const zPage = z.object({
    before: z.coerce.number().int().positive().optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
    kind: z.enum(BULK_KINDS).optional(),
    waiting: zFlag,
  });
  route(
    { method: 'get', path: '/v1/bulk-runs', callers: staff, query: zPage, summary: 'Runs, newest first' },
    async ({ query }) => ({ body: await deps.runs.list(query) }),
  );
  route(
    { method: 'get', path: '/v1/bulk-runs/:id', callers: staff, params: zId, summary: 'One run and how far it is' },
    async ({ params }) => ({ body: await deps.runs.find(params.id) }),
  );
  const zRows = z.object({
    after: zAfter,
    limit: z.coerce.number().int().min(1).max(500).default(100),
  });
  route(
    {
      method: 'get',
      path: '/v1/bulk-runs/:id/refused',
      callers: staff,
      params: zId,
      query: zRows,
      summary: 'Rows of a run that were refused or kept, and why',
    },
    async ({ params, query }) => ({ body: await deps.runs.listRefused(params.id, query.after, query.limit) }),
  );
  route(
    {
      method: 'post',
      path: '/v1/bulk-runs/:id/approve',
      callers: ['service:admin'],
      params: zId,
      body: z.strictObject({}),
      summary: 'Second person begins a waiting run, or its undoing',
    },
    async ({ params, caller }) => {
      await deps.runs.approve(params.id, actorOf(caller));
      deps.begin();
      return { body: await deps.runs.find(params.id) };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/bulk-runs/:id/decline',
      callers: staff,
      params: zId,
      body: z.strictObject({}),
      summary: 'Discards a waiting run, or its undoing',
    },
    async ({ params, caller }) => {
      await deps.runs.decline(params.id, actorOf(caller));
      return { status: 204 };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/bulk-runs/:id/undo',
      callers: staff,
      params: zId,
      body: z.strictObject({ document_number: z.string().trim().min(1).max(64).optional() }),
      summary: 'Undoes a run',
    },
    async ({ params, body, caller }) => {
      await deps.runs.undo(params.id, body.document_number, actorOf(caller));
      deps.begin();
      return { status: 202, body: await deps.runs.find(params.id) };
    },
  );
  return router;
}
