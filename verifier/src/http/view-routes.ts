import {
  type Authenticate,
  type Clock,
  createRoutes,
  type Database,
  dayInShanghai,
  verifyAudit,
  type WakeBell,
} from '@lanyard/platform';
import {
  jwsJsonPayload,
  parseJws,
  type Reason,
  reasons,
  reasonTexts,
  rejectedReasons,
  verifyJws,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { z } from 'zod';
import { AUDIT_HEAD_TYPE, type Signers } from '../adapters/signers.js';
import type { LiveFeed } from '../domain/verifications/live-feed.js';
import { listAudit } from '../storage/audit-store.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import type { CountStore } from '../storage/count-store.js';
import { requireCheckpoint, zCheckpointId } from './checkpoint-routes.js';

export interface ViewDeps {
  database: Database;
  authenticate: Authenticate;
  checkpoints: CheckpointStore;
  counts: CountStore;
  live: LiveFeed;
  liveBell: WakeBell;
  signers: Signers;
  clock: Clock;
}

const staff = ['operator', 'service:admin'] as const;
const MAX_WAIT_SECONDS = 25;
const LIVE_LIMIT = 200;
const rejected = new Set<Reason>(rejectedReasons);

/** What can be looked at: reasons with their texts, counts, verdicts as they come in, the audit. */
export function createViewRoutes(deps: ViewDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  const reasonList = {
    reasons: reasons.map((code) => ({
      code,
      verdict: rejected.has(code) ? 'rejected' : 'cannot-decide',
      ...reasonTexts[code],
    })),
  };
  route(
    {
      method: 'get',
      path: '/v1/reasons',
      callers: ['open', 'operator', 'service:admin', 'agent'],
      summary: 'All reasons with their texts',
    },
    () => ({ body: reasonList, headers: { 'Cache-Control': 'max-age=300' } }),
  );
  route(
    {
      method: 'get',
      path: '/v1/checkpoints/:id/counts',
      callers: staff,
      params: zCheckpointId,
      query: z.object({
        day: z.iso.date().optional(),
      }),
      summary: 'Verdicts of a day in Asia/Shanghai, today where none is named',
    },
    async ({ params, query }) => {
      await requireCheckpoint(deps.checkpoints, params.id);
      const day = query.day ?? dayInShanghai(deps.clock.nowMs());
      const lines = await deps.counts.read(params.id, day);
      const sum = (verdict: string) => lines.reduce((n, line) => n + (line.verdict === verdict ? line.n : 0), 0);
      return {
        body: {
          checkpoint: params.id,
          day,
          totals: { accepted: sum('accepted'), rejected: sum('rejected'), 'cannot-decide': sum('cannot-decide') },
          counts: lines.map(({ source, verdict, reason, n }) => ({
            source,
            verdict,
            reason: reason === '' ? null : reason,
            n,
          })),
        },
      };
    },
  );
  const zLive = z.object({
    after: z.coerce.number().int().min(0).default(0),
    wait: z.coerce.number().min(0).max(MAX_WAIT_SECONDS).default(0),
  });
  route(
    { method: 'get', path: '/v1/live', callers: staff, query: zLive, summary: 'Verdicts as they come in' },
    async ({ query, signal }) => {
      const untilMs = deps.clock.nowMs() + query.wait * 1000;
      for (;;) {
        const answer = deps.live.after(query.after, LIVE_LIMIT);
        const leftMs = untilMs - deps.clock.nowMs();
        if (answer.events.length > 0 || leftMs <= 0 || signal.aborted) return { body: answer };
        await deps.liveBell.wait(leftMs, signal);
      }
    },
  );
  const zAudit = z.object({
    after: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(500).default(100),
    newest: z.enum(['true', 'false']).default('false'),
    action: z.string().max(64).optional(),
  });
  route(
    { method: 'get', path: '/v1/audit', callers: staff, query: zAudit, summary: 'Audit rows' },
    async ({ query }) => ({
      body: await listAudit(deps.database, {
        after: query.after,
        limit: query.limit,
        newest: query.newest === 'true',
        action: query.action,
      }),
    }),
  );
  route(
    { method: 'get', path: '/v1/audit/verification', callers: staff, summary: 'Recomputes the audit chain' },
    async () => {
      const keys = await deps.signers.auditKeys();
      return { body: await verifyAudit(deps.database, (jws) => readHead(jws, keys)) };
    },
  );
  return router;
}

function readHead(jws: string, keys: ReadonlyMap<string, Uint8Array>): { sequence: number; link: string } | undefined {
  try {
    const parsed = parseJws(jws);
    const compressed = keys.get(String(parsed.header.kid));
    const key = compressed === undefined ? undefined : nodeCrypto.importVerifyKey(compressed);
    if (key === undefined) return undefined;
    verifyJws(parsed, key, { typ: AUDIT_HEAD_TYPE, crypto: nodeCrypto });
    const { sequence, link } = jwsJsonPayload(parsed);
    return typeof sequence === 'number' && typeof link === 'string' ? { sequence, link } : undefined;
  } catch {
    return undefined;
  }
}
