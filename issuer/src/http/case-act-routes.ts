import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { zCaseAct } from '../domain/cases/case-act.js';
import { drawDocument } from '../domain/documents/draw-document.js';
import type { CaseActStore } from '../storage/cases/case-act-store.js';
import type { CaseDocumentStore } from '../storage/cases/case-document-store.js';
import { keyOf } from './life-routes.js';

const headers = { 'Cache-Control': 'no-store' };
const zOfCase = z.object({
  case: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  step: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
});

/** What cases of the five modules have the register do, and the documents they issue. */
export function createCaseActRoutes(deps: {
  authenticate: Authenticate;
  acts: CaseActStore;
  documents: CaseDocumentStore;
  verifierUrl: string | undefined;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/case-acts',
      callers: ['service:campus'],
      body: zCaseAct,
      maxBodyBytes: 32 * 1024,
      summary: 'One act on the register that a case has come to; once for each step of a case',
    },
    async ({ body, context }) => {
      // The key is the step itself; a caller who sends another does not know what it asks.
      if (keyOf(context) !== `${body.case}/${body.step}`)
        throw new Refusal('input-invalid', { detail: 'Idempotency-Key is the case and the step, with a slash.' });
      return { body: await deps.acts.carryOut(body), headers };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/case-acts/:case/:step/document',
      callers: ['service:campus'],
      params: zOfCase,
      summary: 'A document of a case as PDF, the same each time',
    },
    async ({ params }) => {
      // Without a verifier nobody could check it.
      if (deps.verifierUrl === undefined) throw new Refusal('case-document-unknown');
      const { document, code } = await deps.documents.ofCase(params.case, params.step);
      const pdf = drawDocument(document, `${deps.verifierUrl}/d#${code}`);
      return { body: pdf, headers: { ...headers, 'Content-Type': 'application/pdf' } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/case-documents/check',
      callers: ['service:verifier'],
      body: z.strictObject({ code: z.string().regex(/^[A-Za-z0-9_-]{22}$/) }),
      summary: 'What a document says and whether it stands, for whoever has its code; the code is in the body',
    },
    async ({ body }) => ({ body: await deps.documents.byCode(body.code), headers }),
  );
  route(
    {
      method: 'get',
      path: '/v1/students/:number/documents',
      callers: ['operator', 'service:admin'],
      params: z.object({ number: z.string().min(1).max(32) }),
      summary: 'Documents issued to a student, without what they say',
    },
    async ({ params }) => ({ body: { documents: await deps.documents.listOf(params.number) }, headers }),
  );
  route(
    {
      method: 'post',
      path: '/v1/case-documents/:number/revoke',
      callers: ['operator', 'service:admin'],
      params: z.object({ number: z.string().regex(/^\d{4}-\d{6,12}$/) }),
      body: z.strictObject({ reason_code: z.enum(['data-error', 'misused', 'own-request']) }),
      summary: 'Ends a document of a case before its day',
    },
    async ({ params, body, caller }) => {
      await deps.documents.revoke(params.number, body.reason_code, actorOf(caller));
      return { status: 204 };
    },
  );
  return router;
}
