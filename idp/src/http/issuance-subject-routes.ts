import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { IssuanceSubjectStore } from '../storage/issuance-subject-store.js';

/** Tells the credential issuer, and nobody else, which student a subject of its access tokens is. */
export function createIssuanceSubjectRoutes(deps: { authenticate: Authenticate; subjects: IssuanceSubjectStore }) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/issuance-subjects',
      callers: ['service:issuer'],
      body: z.strictObject({ sub: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
      summary: 'The active student behind the subject of an access token',
    },
    async ({ body }) => {
      const student = await deps.subjects.findStudent(body.sub);
      if (student === undefined) throw new Refusal('account-not-found');
      return { headers: { 'Cache-Control': 'no-store' }, body: { student_number: student.studentNumber } };
    },
  );
  return router;
}
