import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { PersonVerificationStore } from '../storage/person-verification-store.js';

const issuer = ['service:issuer'] as const;
const zWhole = z.number().int().min(0).max(4_294_967_295);
const zSeconds = z.number().int().min(0).max(99_999_999_999);
const zRows = z.array(zWhole).max(64);
const MAX_BYTES = 1_048_576;

/**
 * What the issuer asks about people: for a student who wants to know who verified him, and for an opening of passages
 * that three people approved there. Only the issuer knows whom rows and entries stand for.
 */
export function createPersonRoutes(deps: { authenticate: Authenticate; people: PersonVerificationStore }) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/person-verifications',
      callers: issuer,
      body: z.strictObject({
        rows: zRows,
        entries: z.array(z.tuple([zWhole, z.int32().min(0)])).max(40_000),
        subjects: z.array(z.string().regex(/^[A-Za-z0-9_-]{43}$/)).max(4_096),
      }),
      maxBodyBytes: MAX_BYTES,
      summary: 'What is kept of the people behind rows, entries and subjects; audited without names',
    },
    async ({ body }) => ({
      body: { verifications: await deps.people.find(body) },
      headers: { 'Cache-Control': 'no-store' },
    }),
  );
  route(
    {
      method: 'post',
      path: '/v1/passage-openings/:id/passages',
      callers: issuer,
      params: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) }),
      body: z.strictObject({
        rows: zRows.min(1).optional(),
        checkpoint: z.string().max(64).optional(),
        from: zSeconds,
        to: zSeconds,
        limit: z.number().int().min(1).max(500),
      }),
      maxBodyBytes: 4_096,
      summary: 'Passages of an opening, audited under the person who reads them',
    },
    async ({ params, body, caller }) => {
      const actor = caller.kind === 'service' ? caller.actor : undefined;
      if (actor === undefined) throw new Refusal('actor-required');
      // Neither a person nor a place would be everybody everywhere.
      if (body.rows === undefined && body.checkpoint === undefined) throw new Refusal('input-invalid');
      const found = await deps.people.open({
        ...{ id: params.id, actor, rows: body.rows, checkpoint: body.checkpoint },
        ...{ fromSeconds: body.from, toSeconds: body.to, limit: body.limit },
      });
      return { body: found, headers: { 'Cache-Control': 'no-store' } };
    },
  );
  return router;
}
