import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { type PassageEntry, zPassages } from '../domain/passages/passage-entry.js';
import type { LiveFeed } from '../domain/verifications/live-feed.js';
import type { AgentStore } from '../storage/agent-store.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import type { CounterTapStore } from '../storage/counter-tap-store.js';
import type { PassageStore } from '../storage/passage-store.js';
import type { WindowStore } from '../storage/window-store.js';

export interface PassageDeps {
  authenticate: Authenticate;
  agents: AgentStore;
  passages: PassageStore;
  live: LiveFeed;
  checkpoints: CheckpointStore;
  windows: Pick<WindowStore, 'addTaps'>;
  counterTaps: Pick<CounterTapStore, 'addTaps'>;
  /** Wakes clerks' pages. */
  onArrival: () => void;
}

/** Takes journals of gates in, exactly once. */
export function createPassageRoutes(deps: PassageDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/passages',
      callers: ['agent'],
      body: zPassages,
      maxBodyBytes: 512 * 1024,
      summary: 'Journal entries in order; a repeat changes nothing',
    },
    async ({ body, caller }) => {
      const agent = caller.kind === 'agent' ? await deps.agents.find(caller.id) : undefined;
      if (agent === undefined) throw new Refusal('agent-withdrawn');
      const { acceptedUpTo, fresh } = await deps.passages.take(agent, body.entries);
      for (const entry of fresh) {
        deps.live.add({
          at: new Date(entry.at * 1000).toISOString(),
          checkpoint: agent.checkpointId,
          source: 'gate',
          verdict: entry.verdict,
          reason: entry.reason,
        });
      }
      if (fresh.length > 0 && (await addTaps(agent, fresh))) deps.onArrival();
      await deps.agents.noteContact(agent.id, undefined);
      return { body: { accepted_up_to: acceptedUpTo } };
    },
  );
  return router;

  /** What was read at a window or counter is somebody who stands there. */
  async function addTaps(agent: { id: string; checkpointId: string }, entries: readonly PassageEntry[]) {
    const checkpoint = await deps.checkpoints.find(agent.checkpointId);
    if (checkpoint?.counter !== undefined) return deps.counterTaps.addTaps(agent, entries);
    return checkpoint !== undefined && checkpoint.policy.window_mode !== 'off' && deps.windows.addTaps(agent, entries);
  }
}
