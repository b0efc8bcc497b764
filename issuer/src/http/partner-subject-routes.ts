import { type Authenticate, createRoutes } from '@lanyard/platform';
import { z } from 'zod';
import { type PartnerSubjectStore, partnerActs } from '../storage/students/partner-subject-store.js';

const zInteger = z.number().int().min(0).max(4_294_967_295);
const zLookup = z.strictObject({
  partner: z.string().regex(/^[a-z][a-z0-9-]{1,31}$/),
  purpose: z.string().min(1).max(64),
  by: z.union([
    z.strictObject({ list: zInteger, index: z.int32().min(0) }),
    z.strictObject({ row: zInteger }),
    z.strictObject({ subject: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
  ]),
  act: z.enum(partnerActs).default('check'),
  passenger: z
    .strictObject({ name: z.string().min(1).max(64), document_number: z.string().min(4).max(32).optional() })
    .optional(),
});

/** Who was shown to a partner, under a name that only this partner knows. */
export function createPartnerSubjectRoutes(deps: { authenticate: Authenticate; subjects: PartnerSubjectStore }) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/partner-subjects',
      callers: ['service:verifier'],
      body: zLookup,
      maxBodyBytes: 1_024,
      summary: 'The student behind a pass or card that was shown to a partner, without name or number; audited',
    },
    async ({ body }) => ({
      body: await deps.subjects.find(body),
      headers: { 'Cache-Control': 'no-store' },
    }),
  );
  return router;
}
