import { type Authenticate, actorOf, type Clock, createRoutes, Refusal } from '@lanyard/platform';
import { createSignedTime, maxEmergencySeconds, type PartSigner } from '@lanyard/protocol';
import { z } from 'zod';
import type { AgentStore } from '../storage/agent-store.js';
import type { GateStore } from '../storage/gate-store.js';
import type { UseStore } from '../storage/use-store.js';

export interface GateDeps {
  authenticate: Authenticate;
  agents: AgentStore;
  gates: GateStore;
  uses: UseStore;
  signer: () => PartSigner;
  clock: Clock;
  /** Packages say it at once. */
  onChange: () => void;
}

const staff = ['operator', 'service:admin'] as const;
const RELEASE_DAYS = 7;
export const zCheckpoints = z.union([z.literal('all'), z.array(z.string().min(1).max(64)).min(1).max(200)]);
const zMode = z.strictObject({
  checkpoints: zCheckpoints,
  mode: z.enum(['open', 'lock']),
  minutes: z
    .number()
    .int()
    .min(1)
    .max(maxEmergencySeconds / 60),
  reason: z.string().trim().min(2).max(200),
});
const zPage = z.object({
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Emergency modes, what was found out about gates, who let in by hand, and signed time for agents. */
export function createGateRoutes(deps: GateDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/emergency-modes',
      callers: staff,
      body: zMode,
      summary: 'Opens or locks checkpoints for a time that ends by itself',
    },
    async ({ body, caller }) => {
      const { checkpoints, mode, minutes, reason } = body;
      const set = await deps.gates.setMode({
        ...{ checkpointIds: checkpoints, mode, minutes, reason, actor: actorOf(caller) },
      });
      deps.onChange();
      return { status: 201, body: { checkpoints: set.checkpointIds, mode, until: set.untilAt.toISOString() } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/emergency-modes/end',
      callers: staff,
      body: z.strictObject({ checkpoints: zCheckpoints }),
      summary: 'Ends them before their time',
    },
    async ({ body, caller }) => {
      const ended = await deps.gates.endMode(body.checkpoints, actorOf(caller));
      deps.onChange();
      return { body: { ended } };
    },
  );
  route({ method: 'get', path: '/v1/emergency-modes', callers: staff, summary: 'Modes in force' }, async () => ({
    body: {
      modes: (await deps.gates.listModes()).map((mode) => ({
        ...{ checkpoint: mode.checkpoint_id, mode: mode.mode, reason: mode.reason, set_by: mode.set_by },
        ...{ from: mode.from_at.toISOString(), until: mode.until_at.toISOString() },
      })),
    },
  }));
  route(
    {
      method: 'get',
      path: '/v1/double-uses',
      callers: staff,
      query: zPage,
      summary: 'Codes that two gates took while they could not hear each other, newest first; without persons',
    },
    async ({ query }) => {
      const found = await deps.uses.listDoubleUses(query.before, query.limit);
      return {
        body: {
          double_uses: found.map(({ id, zone, foundAt, first, second }) => ({
            ...{ id, zone, found_at: foundAt.toISOString() },
            passages: [first, second].map(({ checkpointId, agentId, at }) => ({
              ...{ checkpoint: checkpointId, agent: agentId, at: at.toISOString() },
            })),
          })),
          next: found.length === query.limit ? (found.at(-1)?.id ?? null) : null,
        },
      };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/guard-releases',
      callers: staff,
      query: zPage,
      summary: 'Who let in by hand, where and why, and how often in seven days; without persons',
    },
    async ({ query }) => {
      const since = new Date(deps.clock.nowMs() - RELEASE_DAYS * 86_400_000);
      const [counts, releases] = await Promise.all([
        deps.gates.countReleases(since),
        deps.gates.listReleases(query.before, query.limit),
      ]);
      return {
        body: {
          counts: counts.map(({ actor, n, last_at }) => ({ actor, n, last_at: last_at.toISOString() })),
          releases: releases.map(({ id, checkpoint_id, actor, reason, at }) => ({
            ...{ id, checkpoint: checkpoint_id, actor, reason, at: at.toISOString() },
          })),
          next: releases.length === query.limit ? (releases.at(-1)?.id ?? null) : null,
        },
      };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/agent-time',
      callers: ['agent'],
      query: z.object({ nonce: z.string().regex(/^[A-Za-z0-9_-]{22}$/) }),
      summary: 'The time, signed over the agent’s nonce',
    },
    async ({ query, caller }) => {
      const agent = caller.kind === 'agent' ? await deps.agents.find(caller.id) : undefined;
      if (agent === undefined || agent.withdrawnAt !== null) throw new Refusal('agent-withdrawn');
      const nonce = new Uint8Array(Buffer.from(query.nonce, 'base64url'));
      return {
        body: Buffer.from(createSignedTime({ nonce, timeMs: deps.clock.nowMs() }, deps.signer())),
        headers: { 'Content-Type': 'application/cose', 'Cache-Control': 'no-store' },
      };
    },
  );
  return router;
}
