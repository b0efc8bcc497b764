import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { AccountStore } from '../../storage/account-store.js';
import type { LogoutOutbox } from '../../storage/logout-outbox.js';
import type { SessionStore } from '../../storage/session-store.js';

const callers = ['operator', 'service:admin'] as const;
const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

/** Sessions and logout calls as operators see them. */
export function createSessionRoutes(deps: {
  authenticate: Authenticate;
  accounts: AccountStore;
  sessions: SessionStore;
  outbox: LogoutOutbox;
  wakeOutbox: () => void;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/session-searches',
      callers,
      // In the body, not in the address: numbers of people stay out of addresses and logs.
      body: z.strictObject({ number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) }),
      summary: 'Sessions of one person',
    },
    async ({ body }) => {
      const account = await deps.accounts.findByNumber(body.number);
      if (account === undefined) throw new Refusal('account-not-found');
      const sessions = await deps.sessions.listOf(account.id);
      return {
        body: {
          name: account.name,
          sessions: sessions.map((session) => ({
            id: session.uid,
            level: session.level,
            device: session.device,
            place: session.place,
            created_at: iso(session.createdAtMs),
            last_seen_at: iso(session.lastSeenMs),
            ended_at: iso(session.endedAtMs),
            ended_by: session.endedBy ?? null,
          })),
        },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/sessions/:id/end',
      callers,
      params: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{10,64}$/) }),
      summary: 'Ends one session everywhere',
    },
    async ({ params, caller }) => {
      if ((await deps.sessions.find(params.id)) === undefined) throw new Refusal('not-found');
      return { body: { ended: await deps.sessions.end(params.id, 'operator', actorOf(caller)) } };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/logout-deliveries',
      callers,
      query: z.object({
        before: z
          .string()
          .regex(/^\d{1,18}$/)
          .optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        open: z.enum(['true', 'false']).default('false'),
      }),
      summary: 'Logout calls, newest first',
    },
    async ({ query }) => {
      const rows = await deps.outbox.list({
        ...(query.before ? { before: query.before } : {}),
        limit: query.limit,
        open: query.open === 'true',
      });
      return {
        body: {
          deliveries: rows.map((row) => ({
            id: row.id,
            relying_party: row.relyingPartyId,
            protocol: row.protocol,
            state: row.state,
            tries: row.tries,
            last_error: row.lastError ?? null,
            created_at: iso(row.createdAtMs),
            next_try_at: row.state === 'waiting' ? iso(row.nextTryAtMs) : null,
            delivered_at: iso(row.deliveredAtMs),
          })),
          next: rows.length === query.limit ? rows.at(-1)?.id : null,
        },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/logout-deliveries/:id/retry',
      callers,
      params: z.object({ id: z.string().regex(/^\d{1,18}$/) }),
      summary: 'Tries a logout call again now',
    },
    async ({ params }) => {
      if (!(await deps.outbox.retry(params.id))) throw new Refusal('not-found');
      deps.wakeOutbox();
      return { status: 202, body: {} };
    },
  );
  return router;
}
