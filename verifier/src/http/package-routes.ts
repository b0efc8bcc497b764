import { Readable } from 'node:stream';
import {
  type Authenticate,
  type Caller,
  type Clock,
  createRoutes,
  lookUntil,
  Refusal,
  type WakeBell,
} from '@lanyard/platform';
import { z } from 'zod';
import type { Agent, AgentStore } from '../storage/agent-store.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import type { PackagePublisher } from '../storage/package-publisher.js';
import { requireCheckpoint, zCheckpointId } from './checkpoint-routes.js';

export interface PackageDeps {
  authenticate: Authenticate;
  agents: AgentStore;
  checkpoints: CheckpointStore;
  packages: PackagePublisher;
  fetchPortrait: (portraitId: string) => Promise<Buffer>;
  bell: WakeBell;
  clock: Clock;
}

const MAX_WAIT_SECONDS = 25;
const zPackageQuery = z.object({
  have: z.coerce.number().int().min(0).optional(),
  wait: z.coerce.number().min(0).max(MAX_WAIT_SECONDS).default(0),
});

/** Packages and portraits for the agents of a checkpoint. */
export function createPackageRoutes(deps: PackageDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'get',
      path: '/v1/checkpoints/:id/package',
      callers: ['agent'],
      params: zCheckpointId,
      query: zPackageQuery,
      summary: 'The newest package, as what changed since the one the agent has',
    },
    async ({ params, query, caller, signal }) => {
      const { agents, bell, clock, packages } = deps;
      const agent = await requireAgentOf(agents, caller, params.id);
      const have = query.have === 0 ? undefined : query.have;
      await agents.noteContact(agent.id, have);
      const given = await lookUntil({
        ...{ bell, nowMs: clock.nowMs, untilMs: clock.nowMs() + query.wait * 1000, signal },
        look: async () => {
          // It may have been withdrawn while it waited.
          await requireAgentOf(agents, caller, params.id);
          return packages.give(await requireCheckpoint(deps.checkpoints, params.id), have);
        },
        isEnough: (found) => found !== undefined,
        lookAgainMs: () => packages.issuedAgainSeconds * 1000,
      });
      if (given === undefined) return { status: 304 };
      return {
        body: Readable.from(given.pieces.map(bufferOver)),
        headers: {
          'Content-Type': 'application/cbor',
          'Content-Length': String(given.pieces.reduce((total, piece) => total + piece.length, 0)),
          'Lanyard-Sequence': String(given.sequence),
        },
      };
    },
  );
  const zPortrait = zCheckpointId.extend({ portrait_id: z.string().regex(/^[A-Za-z0-9_-]{11}$/) });
  route(
    {
      method: 'get',
      path: '/v1/checkpoints/:id/portraits/:portrait_id',
      callers: ['agent'],
      params: zPortrait,
      summary: 'A portrait, where the checkpoint shows them',
    },
    async ({ params, caller }) => {
      await requireAgentOf(deps.agents, caller, params.id);
      const checkpoint = await requireCheckpoint(deps.checkpoints, params.id);
      if (!checkpoint.policy.show_portrait) throw new Refusal('portraits-not-shown');
      return {
        body: await deps.fetchPortrait(params.portrait_id),
        headers: { 'Content-Type': 'image/jpeg', 'Cache-Control': 'private, no-store' },
      };
    },
  );
  return router;
}

/** The same memory, not a copy. */
const bufferOver = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** @throws Refusal `agent-withdrawn`, `other-checkpoint` */
export async function requireAgentOf(agents: AgentStore, caller: Caller, checkpointId: string): Promise<Agent> {
  const agent = caller.kind === 'agent' ? await agents.find(caller.id) : undefined;
  if (agent === undefined || agent.withdrawnAt !== null) throw new Refusal('agent-withdrawn');
  if (agent.checkpointId !== checkpointId) throw new Refusal('other-checkpoint');
  return agent;
}
