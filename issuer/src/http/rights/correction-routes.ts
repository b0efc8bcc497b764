import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { CorrectionStore } from '../../storage/rights/correction-store.js';
import type { ErasureStore } from '../../storage/rights/erasure-store.js';
import type { ExportStore } from '../../storage/rights/export-store.js';
import { personOf } from './opening-routes.js';

const zId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const headers = { 'Cache-Control': 'no-store' };

/** What students say is wrong in the register, for a registrar signed in at the console. */
export function createCorrectionRoutes(deps: {
  authenticate: Authenticate;
  corrections: CorrectionStore;
  exports: ExportStore;
  erasures: ErasureStore;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'get',
      path: '/v1/corrections',
      callers: ['service:admin'],
      query: z.object({ after: zId.optional(), limit: z.coerce.number().int().min(1).max(100).default(50) }),
      summary: 'Corrections that wait, the oldest first',
    },
    async ({ query, caller }) => {
      personOf(caller);
      return { body: await deps.corrections.open({ after: query.after, limit: query.limit }), headers };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/corrections/:id/decide',
      callers: ['service:admin'],
      params: z.object({ id: zId }),
      body: z.strictObject({
        verdict: z.enum(['granted', 'refused']),
        reason: z.string().trim().min(2).max(300),
        document_number: z.string().trim().min(1).max(64).optional(),
      }),
      maxBodyBytes: 2_048,
      summary: 'Decides a correction, once, with a reason the student reads',
    },
    async ({ params, body, caller }) => {
      const decision = { verdict: body.verdict, reason: body.reason, documentNumber: body.document_number };
      return { body: await deps.corrections.decide(params.id, decision, personOf(caller)), headers };
    },
  );
  // For whoever has no wallet: asked for on paper, with a document, by the data protection officer.
  route(
    {
      method: 'post',
      path: '/v1/students/:number/exports',
      callers: ['service:admin'],
      params: z.object({ number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) }),
      body: z.strictObject({ document_number: z.string().trim().min(1).max(64) }),
      maxBodyBytes: 1_024,
      summary: 'A copy of everything kept of a student, for him; audited with its document',
    },
    async ({ params, body, caller }) => {
      const actor = personOf(caller);
      const studentId = await deps.exports.studentOf(params.number);
      return { body: await deps.exports.make(studentId, actor, body.document_number), headers };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/erasure-proofs',
      callers: ['service:admin'],
      body: z.strictObject({ student_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) }),
      maxBodyBytes: 1_024,
      summary: 'The signed proof that the person of a number was erased',
    },
    async ({ body, caller }) => {
      personOf(caller);
      const proof = await deps.erasures.proofOf(body.student_number);
      if (proof === undefined) throw new Refusal('erasure-not-found');
      return { body: proof, headers };
    },
  );
  return router;
}
