import { z } from 'zod';
import type { Database, Queryable } from '../db/connect-database.js';
import { type Authenticate, createRoutes } from '../http/create-routes.js';
import { type AuditKeys, readSignedAuditHead } from './audit-head.js';
import { listAudit } from './list-audit.js';
import { verifyAudit } from './verify-audit.js';

const staff = ['operator', 'service:admin'] as const;
const zAudit = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  newest: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
  action: z.string().max(64).optional(),
});

/** The audit as staff see it: rows page by page, and the whole chain recomputed. The same in every service. */
export function createAuditRoutes(deps: {
  database: Database;
  authenticate: Authenticate;
  findAuditKeys: () => Promise<AuditKeys>;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/audit', callers: staff, query: zAudit, summary: 'Audit rows' },
    async ({ query }) => ({ body: await listAudit(deps.database, query) }),
  );
  route(
    { method: 'get', path: '/v1/audit/verification', callers: staff, summary: 'Recomputes the audit chain' },
    async () => {
      const keys = await deps.findAuditKeys();
      return { body: await verifyAudit(deps.database, (jws) => readSignedAuditHead(jws, keys)) };
    },
  );
  return router;
}

/** All audit signers of a service's `signer` table, ended ones too. */
export async function readAuditKeys(on: Queryable): Promise<AuditKeys> {
  const { rows } = await on.raw("SELECT kid, public_key FROM signer WHERE use = 'audit'");
  return new Map(
    (rows as { kid: Buffer; public_key: Buffer }[]).map((row) => [row.kid.toString('base64url'), row.public_key]),
  );
}
