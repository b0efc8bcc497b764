import { type Authenticate, createRoutes, roleTextOf } from '@lanyard/platform';
import { z } from 'zod';
import type { ScopedRole } from '../domain/accounts/account.js';

/** What a member of staff may do today, for a service whose work somebody does in his place. */
export function createStaffRoleRoutes(deps: {
  authenticate: Authenticate;
  accounts: { rolesOfStaff(number: string): Promise<readonly ScopedRole[]> };
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/staff-roles',
      callers: ['service:campus'],
      body: z.strictObject({ staff_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) }),
      maxBodyBytes: 1_024,
      summary: 'Roles a member of staff holds today; none for who is no more, or was never',
    },
    async ({ body }) => {
      const roles = await deps.accounts.rolesOfStaff(body.staff_number);
      return { body: { roles: roles.map(roleTextOf) }, headers: { 'Cache-Control': 'no-store' } };
    },
  );
  return router;
}
