import { type Authenticate, createRoutes, type Database } from '@lanyard/platform';
import { z } from 'zod';
import { NOTICE_KINDS } from '../domain/notices/notice-texts.js';
import type { NoticeStore } from '../storage/notices/notice-store.js';

/** Messages that the identity layer asks for: it holds no contacts of people itself. */
export function createNoticeRoutes(deps: { database: Database; authenticate: Authenticate; notices: NoticeStore }) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/notices',
      callers: ['service:idp'],
      body: z.strictObject({
        student_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/),
        kind: z.enum(NOTICE_KINDS).exclude(['transaction-code']),
      }),
      summary: 'Tells a student of something on all channels of the register',
    },
    async ({ body }) => ({
      status: 202,
      body: {
        channels: await deps.database.transaction((transaction) =>
          deps.notices.tellIn(transaction, body.student_number, body.kind),
        ),
      },
    }),
  );
  return router;
}
