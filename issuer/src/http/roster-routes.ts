import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { RosterFileError } from '../domain/roster/finding.js';
import type { IssuerCode } from '../problems.js';
import { type createRosterImportStore, RosterDecisionError } from '../storage/roster/roster-import-store.js';

export interface RosterDeps {
  authenticate: Authenticate;
  imports: ReturnType<typeof createRosterImportStore>;
}

const MAX_ROSTER_BYTES = 1024 * 1024 * 1024;
const zFlag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
const zImport = z.object({ dry_run: zFlag, all_or_nothing: zFlag });
const zId = z.object({ id: z.coerce.number().int().positive() });
const staff = ['operator', 'service:admin'] as const;

/** Roster import: dry run, import, the file of refused rows, the second person. */
export function createRosterRoutes(deps: RosterDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'post', path: '/v1/roster-imports', callers: staff, query: zImport, summary: 'Import a roster (CSV)' },
    async ({ query, caller, context }) => {
      const report = await withUpload(context.req, (chunks) =>
        deps.imports.importRoster({
          chunks,
          actor: actorOf(caller),
          dryRun: query.dry_run,
          allOrNothing: query.all_or_nothing,
        }),
      );
      if (report.state === 'refused-bad-rows') throw new Refusal('roster-rejected', { fields: { report } });
      return {
        status: report.state === 'applied' ? 201 : 200,
        body: { ...report, id: report.import_id === undefined ? null : String(report.import_id) },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/roster-bad-rows',
      callers: staff,
      summary: 'The rows of a roster that would be refused, as a file to correct',
    },
    async ({ caller, context }) => {
      const pieces: string[] = [];
      await withUpload(context.req, (chunks) =>
        deps.imports.importRoster({
          chunks,
          actor: actorOf(caller),
          dryRun: true,
          onBadRows: (piece) => pieces.push(piece),
        }),
      );
      return {
        body: pieces.join(''),
        headers: {
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Disposition': 'attachment; filename="bad-rows.csv"',
        },
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
    {
      method: 'post',
      path: '/v1/roster-imports/:id/approve',
      callers: ['service:admin'],
      params: zId,
      body: z.object({}),
      summary: 'Second person applies a waiting import',
    },
    async ({ params, caller }) => ({
      body: await decide(() => deps.imports.approve(params.id, actorOf(caller))),
    }),
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

const DECISION_CODES = {
  'roster-import-unknown': 'import-not-found',
  'roster-import-not-waiting': 'import-state-conflict',
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

const FILE_CODES = {
  'file-empty': 'roster-empty',
  'file-is-not-csv': 'roster-unreadable',
  'encoding-unsupported': 'roster-encoding',
  'header-column-missing': 'roster-header-invalid',
  'header-duplicate': 'roster-header-invalid',
  'header-unreadable': 'roster-header-invalid',
} as const satisfies Record<string, IssuerCode>;

/** Takes the whole upload into a private temporary file first: an import holds locks and must not wait for a slow line. */
async function withUpload<T>(
  request: IncomingMessage,
  work: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_ROSTER_BYTES) throw new Refusal('roster-too-large');
  const path = join(tmpdir(), `lanyard-roster-${randomBytes(8).toString('hex')}`);
  try {
    await receive(request, path);
    return await work(createReadStream(path, { highWaterMark: 256 * 1024 }));
  } catch (error) {
    if (error instanceof RosterFileError) {
      throw new Refusal(FILE_CODES[error.code], {
        detail: error.code,
        fields: { findings: [{ line: 1, verdict: 'reject', code: error.code, columns: error.columns }] },
      });
    }
    throw error;
  } finally {
    await rm(path, { force: true });
  }
}

async function receive(request: IncomingMessage, path: string): Promise<void> {
  let size = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > MAX_ROSTER_BYTES ? new Refusal('roster-too-large') : null, chunk);
    },
  });
  try {
    await pipeline(Readable.from(request), limit, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('client-went-away', { cause: error });
  }
}
