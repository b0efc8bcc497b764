import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type Authenticate, actorOf, createRoutes, Refusal, readBody } from '@lanyard/platform';
import { z } from 'zod';
import type { PortraitMaker } from '../adapters/children/portrait-maker.js';
import { type ArchiveEntry, ArchiveError, type ArchiveLimits, inflateEntry } from '../domain/archive/read-archive.js';
import type { FileFinding } from '../domain/bulk/status-change-rows.js';
import { PORTRAIT, PORTRAIT_REJECTION_CODES, studentOfFile } from '../domain/portraits/portrait-rules.js';
import type { BatchPicture, PortraitBatches } from '../storage/students/portrait-batches.js';
import type { PortraitSubmissionStore } from '../storage/students/portrait-submission-store.js';
import { withReceivedFile } from './receive-file.js';

export interface PortraitDeps {
  authenticate: Authenticate;
  submissions: PortraitSubmissionStore;
  batches: PortraitBatches;
  maker: PortraitMaker;
  /** Begins work that nobody waits for. */
  begin: () => void;
}

const staff = ['operator', 'service:admin'] as const;
const zNumber = z.object({ number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) });
const zId = z.object({ id: z.coerce.number().int().positive() });
const BATCH = { maxBytes: 256 * 1024 * 1024, tooLarge: 'body-too-large' } as const;
const BATCH_LIMITS: ArchiveLimits = {
  maxEntries: 10_000,
  maxEntryBytes: PORTRAIT.maxSentBytes,
  maxTotalBytes: 2 * BATCH.maxBytes,
};

/** Portraits: handed in one by one or as an archive, converted elsewhere, reviewed by a person. */
export function createPortraitRoutes(deps: PortraitDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/students/:number/portrait-submissions',
      callers: staff,
      params: zNumber,
      summary: 'A picture of one student (JPEG, PNG, WebP), converted and put into the queue',
    },
    async ({ params, caller, context }) => {
      const jpeg = await portraitFrom(context.req, deps.maker);
      await deps.submissions.submit(params.number, jpeg, actorOf(caller));
      return { status: 202, body: { state: 'waiting' } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/portrait-batches',
      callers: staff,
      summary: 'A zip file of pictures named by student number; answers the run that converts them',
    },
    async ({ caller, context }) =>
      withArchive(context.req, deps.maker, async (file, entries) => {
        const opened = await deps.batches.open({ ...picturesOf(file, entries), actor: actorOf(caller) });
        deps.begin();
        return { status: 202, body: opened };
      }),
  );
  const zQueue = z.object({
    after: z.coerce.number().int().min(0).default(0),
    college: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(24),
  });
  route(
    {
      method: 'get',
      path: '/v1/portrait-submissions',
      callers: staff,
      query: zQueue,
      summary: 'Portraits that await review',
    },
    async ({ query }) => ({ body: await deps.submissions.queue(query) }),
  );
  route(
    {
      method: 'get',
      path: '/v1/portrait-submissions/:id/picture',
      callers: staff,
      params: zId,
      summary: 'The picture of one that awaits review',
    },
    async ({ params, caller }) => ({
      body: await deps.submissions.picture(params.id, actorOf(caller)),
      headers: { 'Content-Type': 'image/jpeg', 'Cache-Control': 'private, no-store' },
    }),
  );
  const zDecision = z.discriminatedUnion('verdict', [
    z.strictObject({ verdict: z.literal('accepted') }),
    z.strictObject({ verdict: z.literal('rejected'), reason: z.enum(PORTRAIT_REJECTION_CODES) }),
  ]);
  route(
    {
      method: 'post',
      path: '/v1/portrait-submissions/:id/decision',
      callers: staff,
      params: zId,
      body: zDecision,
      summary: 'Accepts a portrait, or rejects it with a reason its student sees',
    },
    async ({ params, body, caller }) => {
      await deps.submissions.decide({ id: params.id }, body, actorOf(caller));
      return { status: 204 };
    },
  );
  return router;
}

/** The body as a portrait. @throws Refusal with the code of what is wrong with it */
export async function portraitFrom(request: IncomingMessage, maker: PortraitMaker): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > PORTRAIT.maxSentBytes) throw new Refusal('portrait-too-large');
  const made = await maker.make(await readBody(request, PORTRAIT.maxSentBytes));
  if (!made.ok) throw new Refusal(made.code);
  return made.jpeg;
}

function picturesOf(file: FileHandle, entries: readonly ArchiveEntry[]) {
  const pictures: BatchPicture[] = [];
  const findings: FileFinding[] = [];
  entries.forEach((entry, index) => {
    const of = studentOfFile(entry.name);
    const line = index + 1;
    if (of === undefined) return;
    if ('code' in of) findings.push({ line, code: of.code });
    else pictures.push({ line, number: of.number, read: () => readEntry(file, entry) });
  });
  return { pictures, findings };
}

/** Damaged ones come out empty, and are refused as pictures when their turn comes. */
async function readEntry(file: FileHandle, entry: ArchiveEntry): Promise<Uint8Array> {
  const packed = Buffer.alloc(entry.to - entry.from);
  await file.read(packed, 0, packed.length, entry.from);
  try {
    return inflateEntry(packed, entry);
  } catch (error) {
    if (error instanceof ArchiveError) return new Uint8Array(0);
    throw error;
  }
}

/** Only the directory is read at once, and in the child; pictures are taken out of the file one by one. */
async function withArchive<T>(
  request: IncomingMessage,
  maker: PortraitMaker,
  work: (file: FileHandle, entries: readonly ArchiveEntry[]) => Promise<T>,
): Promise<T> {
  try {
    return await withReceivedFile(request, BATCH, async ({ path }) => {
      const entries = await maker.list(path, BATCH_LIMITS);
      const file = await open(path);
      try {
        return await work(file, entries);
      } finally {
        await file.close();
      }
    });
  } catch (error) {
    if (error instanceof ArchiveError) throw new Refusal('portrait-archive-invalid', { detail: error.code });
    throw error;
  }
}
