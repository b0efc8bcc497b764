import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { WorkbookReader } from '../adapters/children/workbook-reader.js';
import { templateCsv, writeTemplateWorkbook } from '../domain/workbook/csv-to-workbook.js';
import type { IssuerCode } from '../problems.js';
import { type createRosterImportStore, RosterDecisionError } from '../storage/roster/roster-import-store.js';
import type { ImportUndo } from '../storage/roster/undo-import.js';
import { withRosterUpload } from './roster-upload.js';

export interface RosterDeps {
  authenticate: Authenticate;
  imports: ReturnType<typeof createRosterImportStore>;
  workbooks: WorkbookReader;
  undo: ImportUndo;
  /** Works on open runs until none is left. */
  work: () => Promise<void>;
  /** The same, not waited for. */
  begin: () => void;
}

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const CSV = 'text/csv; charset=utf-8';
const zFormat = z.object({ format: z.enum(['csv', 'xlsx']).default('csv') });
const attachment = (name: string, format: 'csv' | 'xlsx') => ({
  'Content-Type': format === 'xlsx' ? XLSX : CSV,
  'Content-Disposition': `attachment; filename="${name}.${format}"`,
});
const zFlag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
/** `respond`: a large import is answered at once with its run, or when it is done. */
const zRespond = z.enum(['async', 'when-done']).default('when-done');
const zImport = z.object({ dry_run: zFlag, all_or_nothing: zFlag, respond: zRespond });
const zId = z.object({ id: z.coerce.number().int().positive() });
const staff = ['operator', 'service:admin'] as const;

/** Roster import: dry run, import, the file of refused rows, the second person. */
export function createRosterRoutes(deps: RosterDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/roster-imports',
      callers: staff,
      query: zImport,
      summary: 'Import a roster (CSV or .xlsx)',
    },
    async ({ query, caller, context }) => {
      const report = await decide(() =>
        withRosterUpload(context.req, deps.workbooks, (roster) =>
          deps.imports.importRoster({
            ...roster,
            actor: actorOf(caller),
            dryRun: query.dry_run,
            allOrNothing: query.all_or_nothing,
          }),
        ),
      );
      if (report.state === 'refused-bad-rows') throw new Refusal('roster-rejected', { fields: { report } });
      const state = report.state === 'applying' ? await applied(report.import_id, query.respond, deps) : report.state;
      return {
        status: state === 'applied' ? 201 : state === 'applying' ? 202 : 200,
        body: { ...report, state, id: report.import_id === undefined ? null : String(report.import_id) },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/roster-bad-rows',
      callers: staff,
      query: zFormat,
      summary: 'The rows of a roster that would be refused, as a file to correct',
    },
    async ({ query, caller, context }) => {
      const pieces: string[] = [];
      await withRosterUpload(context.req, deps.workbooks, (roster) =>
        deps.imports.importRoster({
          ...roster,
          actor: actorOf(caller),
          dryRun: true,
          onBadRows: (piece) => pieces.push(piece),
        }),
      );
      const csv = pieces.join('');
      return {
        body: query.format === 'csv' ? csv : await toWorkbook(csv, deps.workbooks),
        headers: attachment('bad-rows', query.format),
      };
    },
  );
  let template: Promise<Buffer> | undefined;
  route(
    {
      method: 'get',
      path: '/v1/roster-template',
      callers: staff,
      query: zFormat,
      summary: 'An empty roster to fill in',
    },
    async ({ query }) => {
      template ??= writeTemplateWorkbook();
      return {
        body: query.format === 'csv' ? templateCsv() : await template,
        headers: attachment('roster-template', query.format),
      };
    },
  );
  const zPage = z.object({
    before: z.coerce.number().int().positive().optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
  });
  route(
    { method: 'get', path: '/v1/roster-imports', callers: staff, query: zPage, summary: 'Imports, newest first' },
    async ({ query }) => {
      const imports = await deps.imports.list({
        limit: query.limit,
        ...(query.before === undefined ? {} : { before: query.before }),
      });
      return { body: { imports, next: imports.length === query.limit ? imports.at(-1)?.id : null } };
    },
  );
  route(
    { method: 'get', path: '/v1/roster-imports/:id', callers: staff, params: zId, summary: 'One import' },
    async ({ params }) => {
      const [found] = await deps.imports.list({ id: params.id, limit: 1 });
      if (found === undefined) throw new Refusal('import-not-found');
      return { body: found };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/roster-imports/:id/approve',
      callers: ['service:admin'],
      params: zId,
      body: z.object({}),
      summary: 'Second person applies a waiting import',
    },
    async ({ params, caller }) => {
      const approved = await decide(() => deps.imports.approve(params.id, actorOf(caller)));
      if (approved.state === 'applying') deps.begin();
      return { body: approved };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/roster-imports/:id/undo',
      callers: staff,
      params: zId,
      query: z.object({ dry_run: zFlag }),
      body: z.strictObject({ plan: z.string().length(64).optional() }),
      summary: 'What undoing an import would do, or a run that does exactly that',
    },
    async ({ params, query, body, caller }) => {
      if (query.dry_run === (body.plan !== undefined)) throw new Refusal('input-invalid', { detail: 'plan' });
      const made = await deps.undo.undo({ importId: params.id, actor: actorOf(caller), plan: body.plan });
      if (made.state === 'applying') deps.begin();
      return { status: made.id === null ? 200 : 202, body: made };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/roster-imports/:id/decline',
      callers: staff,
      params: zId,
      body: z.object({}),
      summary: 'Discards a waiting import',
    },
    async ({ params, caller }) => {
      await decide(() => deps.imports.decline(params.id, actorOf(caller)));
      return { status: 204 };
    },
  );
  return router;
}

/** A large import is carried out piece by piece; who wants to wait is answered when it is done. */
async function applied(
  importId: number | undefined,
  respond: 'async' | 'when-done',
  deps: RosterDeps,
): Promise<'applying' | 'applied'> {
  if (respond === 'async' || importId === undefined) {
    deps.begin();
    return 'applying';
  }
  await deps.work();
  const [found] = await deps.imports.list({ id: importId, limit: 1 });
  return found?.state === 'applied' ? 'applied' : 'applying';
}

const DECISION_CODES = {
  'roster-import-unknown': 'import-not-found',
  'roster-import-not-waiting': 'import-state-conflict',
  'roster-import-running': 'import-running',
  'approval-expired': 'approval-expired',
  'second-person-is-first': 'import-same-person',
} as const satisfies Record<string, IssuerCode>;

async function decide<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RosterDecisionError) throw new Refusal(DECISION_CODES[error.code]);
    throw error;
  }
}

/** Through the child process: many refused rows would hold up everybody else. */
async function toWorkbook(csv: string, workbooks: WorkbookReader): Promise<Buffer> {
  const path = join(tmpdir(), `lanyard-bad-rows-${randomBytes(8).toString('hex')}`);
  try {
    await writeFile(path, csv, { mode: 0o600 });
    return await workbooks.withWorkbook(path, (made) => readFile(made));
  } finally {
    await rm(path, { force: true });
  }
}
