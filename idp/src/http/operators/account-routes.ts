import { type Authenticate, actorOf, createRoutes, Refusal, readBody, roleTextOf } from '@lanyard/platform';
import { z } from 'zod';
import { parseStaffRoster } from '../../domain/accounts/parse-staff-roster.js';
import type { AccountSourceStore } from '../../storage/account-source-store.js';
import type { AccountStore } from '../../storage/account-store.js';

const callers = ['operator', 'service:admin'] as const;
const MAX_ROSTER_BYTES = 4 * 1024 * 1024;

/** Staff and their roles, and one account as operators see it. */
export function createAccountRoutes(deps: {
  authenticate: Authenticate;
  accounts: AccountStore;
  sources: AccountSourceStore;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/staff-imports',
      callers,
      query: z.object({ dry_run: z.enum(['true', 'false']).default('false') }),
      summary: 'A whole staff roster (text/csv): differences are applied, people no longer on it are closed',
    },
    async ({ query, context, caller }) => {
      if (!context.is('text/csv')) throw new Refusal('body-type-unsupported');
      const roster = parseStaffRoster(await readBody(context.req, MAX_ROSTER_BYTES));
      // A roster with nobody on it would close every account there is.
      if (roster.staff.length === 0) throw new Refusal('staff-roster-malformed');
      const difference = await deps.sources.applyStaff(roster.staff, actorOf(caller), query.dry_run === 'true');
      return {
        body: {
          rows: roster.rows,
          people: roster.staff.length,
          rejected: roster.findings.length,
          findings: roster.findings.slice(0, 500),
          difference,
          dry_run: query.dry_run === 'true',
        },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/account-searches',
      callers,
      body: z.strictObject({ number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) }),
      summary: 'One account by student or staff number',
    },
    async ({ body }) => {
      const account = await deps.accounts.findByNumber(body.number);
      if (account === undefined) throw new Refusal('account-not-found');
      return {
        body: {
          number: account.number,
          kind: account.kind,
          name: account.name,
          college: account.college,
          class: account.class,
          state: account.state,
          claimed: account.claimed,
          roles: account.roles.map(roleTextOf),
        },
      };
    },
  );
  return router;
}
