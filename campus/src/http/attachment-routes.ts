import { createHash } from 'node:crypto';
import { type Authenticate, createRoutes, type Database, onceByKey, Refusal, readBody } from '@lanyard/platform';
import { MAX_ATTACHMENT_BYTES, mediaTypeOf, withoutMetadata } from '../domain/attachments/media-type.js';
import type { AttachmentStore } from '../storage/attachment-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import { actingPerson, people } from './acting-person.js';
import { zCaseId } from './case-bodies.js';

const MAX_NAME = 120;

/** Files for a form that is being filled, or for a note. They become part of a case when that is handed in or written. */
export function createAttachmentRoutes(deps: {
  database: Database;
  authenticate: Authenticate;
  delegations: DelegationStore;
  attachments: AttachmentStore;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/attachments',
      callers: people,
      maxBodyBytes: MAX_ATTACHMENT_BYTES,
      summary: 'Takes a file as it is: PDF, JPEG or PNG; its name in Lanyard-File-Name, percent-encoded',
    },
    async ({ caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      const name = fileName(context.get('Lanyard-File-Name'));
      const bytes = await readBody(context.req, MAX_ATTACHMENT_BYTES);
      const type = mediaTypeOf(bytes);
      if (type === undefined) throw new Refusal('attachment-type-unsupported');
      const digest = createHash('sha256').update(bytes).digest('hex');
      // What is remembered of it is its id: its name is kept sealed.
      const kept = await onceByKey(
        deps.database,
        { caller: person, key: context.get('Idempotency-Key') || undefined, body: { name, digest } },
        async (transaction) => {
          const file = { name, type, body: withoutMetadata(bytes, type) };
          return { status: 201, body: { id: await deps.attachments.put(transaction, person, file) } };
        },
      );
      return { status: 201, body: await deps.attachments.uploaded((kept.body as { id: string }).id, person) };
    },
  );
  route(
    {
      method: 'delete',
      path: '/v1/attachments/:id',
      callers: people,
      params: zCaseId,
      summary: 'Takes back a file that is in no case yet',
    },
    async ({ params, caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      await deps.attachments.dropLoose(params.id, person);
      return {};
    },
  );
  return router;
}

/** Without folders and control characters; never empty. */
function fileName(encoded: string): string {
  let text = '';
  try {
    text = decodeURIComponent(encoded);
  } catch {
    throw new Refusal('attachment-name-malformed');
  }
  const name = text
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .split(/[/\\]/)
    .at(-1)
    ?.trim();
  if (name === undefined || name === '' || [...name].length > MAX_NAME) throw new Refusal('attachment-name-malformed');
  return name;
}

/** A file of somebody else is saved, never shown as a page of ours. */
export const fileHeaders = (name: string, type: string): Record<string, string> => ({
  'Content-Type': type,
  'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, percentOf)}`,
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
});

const percentOf = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
