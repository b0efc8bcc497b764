import { type Authenticate, createRoutes } from '@lanyard/platform';
import { z } from 'zod';
import { stepTitle, WORDS } from '../domain/notices/words.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { NoticeRow, NoticeStore } from '../storage/notice-store.js';
import { actingPerson, people } from './acting-person.js';

const zId = z.string().regex(/^[1-9]\d{0,17}$/);

/** What somebody has to know of his cases, in the application. */
export function createNoticeRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  notices: NoticeStore;
}) {
  const { notices, definitions } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'get',
      path: '/v1/notices',
      callers: people,
      query: z.object({ after: zId.optional(), limit: z.coerce.number().int().min(1).max(100).default(30) }),
      summary: 'Notices, the newest first, and how many are unread',
    },
    async ({ query, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const hiddenServices = await definitions.hiddenFrom(viewer);
      const page = { after: query.after, limit: query.limit, hiddenServices };
      const rows = await notices.list(viewer.person, page);
      const unread = await notices.unread(viewer.person, hiddenServices);
      const last = rows.length === query.limit ? rows.at(-1)?.id : undefined;
      return { body: { notices: await Promise.all(rows.map(lineOf)), unread, next: last ?? null } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/notices/read',
      callers: people,
      body: z.strictObject({ until: zId }),
      summary: 'Marks notices as read, up to and with one',
    },
    async ({ body, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      await notices.markRead(viewer.person, body.until);
      return {};
    },
  );

  async function lineOf(row: NoticeRow) {
    const { definition } = await definitions.findVersion(row.service, row.service_version);
    const words = WORDS[row.kind](stepTitle(definition, row.step));
    return {
      ...{ id: row.id, at: row.at, kind: row.kind, module: definition.module, case: row.case_id },
      ...{ title: definition.title, text: words, read: row.read_at !== null },
    };
  }
  return router;
}
