import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { EvidenceStore } from '../storage/evidence-store.js';

const zId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });

/**
 * Evidence of presentations. Only the console reads it, for a named person: it opens this to the data protection officer
 * alone, and each reading is audited under that name.
 */
export function createEvidenceRoutes(deps: { authenticate: Authenticate; evidence: EvidenceStore }) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'get',
      path: '/v1/presentation-evidence/:id',
      callers: ['service:admin'],
      params: zId,
      summary: 'A signed presentation that its purpose keeps, and what it was checked against',
    },
    async ({ params: { id }, caller }) => {
      const actor = caller.kind === 'service' ? caller.actor : undefined;
      if (actor === undefined) throw new Refusal('actor-required');
      const kept = await deps.evidence.read(id, actor);
      if (kept === undefined) throw new Refusal('presentation-evidence-not-found');
      return {
        headers: { 'Cache-Control': 'no-store' },
        body: {
          id,
          purpose: kept.purpose,
          created_at: new Date(kept.createdAtMs).toISOString(),
          kept_until: new Date(kept.keptUntilMs).toISOString(),
          evidence: kept.evidence,
        },
      };
    },
  );
  return router;
}
