import {
  type Authenticate,
  type Clock,
  createRoutes,
  dayInShanghai,
  lookUntil,
  type WakeBell,
  zDay,
} from '@lanyard/platform';
import { encodeBase64url, type Reason, reasons, reasonTexts, rejectedReasons } from '@lanyard/protocol';
import { z } from 'zod';
import { ANSWER_REASONS, answerReasonTexts } from '../domain/presentations/answer-reasons.js';
import type { LiveFeed } from '../domain/verifications/live-feed.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import type { CountStore } from '../storage/count-store.js';
import { requireCheckpoint, zCheckpointId } from './checkpoint-routes.js';

export interface ViewDeps {
  authenticate: Authenticate;
  checkpoints: CheckpointStore;
  counts: CountStore;
  live: LiveFeed;
  liveBell: WakeBell;
  clock: Clock;
}

const staff = ['operator', 'service:admin'] as const;
const MAX_WAIT_SECONDS = 25;
const LIVE_LIMIT = 200;
const NAMES_LIMIT = 1_000;
const rejected = new Set<Reason>(rejectedReasons);

/** What can be looked at: reasons with their texts, counts, verdicts as they come in. */
export function createViewRoutes(deps: ViewDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  const reasonList = {
    reasons: [
      ...reasons.map((code) => ({
        code,
        verdict: rejected.has(code) ? 'rejected' : 'cannot-decide',
        ...reasonTexts[code],
      })),
      ...ANSWER_REASONS.map((code) => ({ code, verdict: 'rejected', ...answerReasonTexts[code] })),
    ],
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
      path: '/v1/checkpoint-names',
      callers: ['open', 'operator', 'service:admin', 'agent'],
      summary: 'Names of checkpoints by number, so that a wallet can say whose challenge it has scanned',
    },
    async () => {
      const checkpoints = await deps.checkpoints.list('', NAMES_LIMIT);
      return {
        body: {
          checkpoints: checkpoints.map(({ number, nameZh, nameEn }) => ({
            ...{ number: encodeBase64url(number), name_zh: nameZh, name_en: nameEn },
          })),
        },
        headers: { 'Cache-Control': 'max-age=60' },
      };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/checkpoints/:id/counts',
      callers: staff,
      params: zCheckpointId,
      query: z.object({
        day: zDay.optional(),
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
      const { clock, live } = deps;
      const body = await lookUntil({
        ...{ bell: deps.liveBell, nowMs: clock.nowMs, untilMs: clock.nowMs() + query.wait * 1000, signal },
        look: () => live.after(query.after, LIVE_LIMIT),
        isEnough: ({ events }) => events.length > 0,
      });
      return { body };
    },
  );
  return router;
}
