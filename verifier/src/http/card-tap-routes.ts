import {
  type Authenticate,
  type CardTap,
  type Clock,
  createRoutes,
  type IssuerTapResult,
  Refusal,
  zCardTaps,
} from '@lanyard/platform';
import { cannotDecide } from '@lanyard/protocol';
import { type DecidedTap, decideTap } from '../domain/cards/decide-card.js';
import type { AgentStore } from '../storage/agent-store.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import { requireCheckpoint } from './checkpoint-routes.js';

export interface CardTapDeps {
  authenticate: Authenticate;
  agents: AgentStore;
  checkpoints: CheckpointStore;
  /** Undefined where the issuer cannot be asked now. */
  checkCards: (taps: readonly CardTap[]) => Promise<readonly IssuerTapResult[] | undefined>;
  clock: Clock;
}

/** Campus cards for agents: the issuer says whether the read counts, the checkpoint's policy whether the person may. */
export function createCardTapRoutes(deps: CardTapDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/card-taps',
      callers: ['agent'],
      body: zCardTaps,
      maxBodyBytes: 8_192,
      summary: 'Reads of campus cards; the same id again gets the same answer',
    },
    async ({ body, caller }) => {
      const agent = caller.kind === 'agent' ? await deps.agents.find(caller.id) : undefined;
      if (agent === undefined || agent.withdrawnAt !== null) throw new Refusal('agent-withdrawn');
      const { policy } = await requireCheckpoint(deps.checkpoints, agent.checkpointId);
      const answers = new Map((await deps.checkCards(body.taps))?.map((answer) => [answer.id, answer]));
      const nowSeconds = deps.clock.nowSeconds();
      const results: DecidedTap[] = body.taps.map(({ id }) => {
        const answer = answers.get(id);
        return answer === undefined ? { id, ...cannotDecide('network-needed') } : decideTap(answer, policy, nowSeconds);
      });
      return { headers: { 'Cache-Control': 'no-store' }, body: { results } };
    },
  );
  return router;
}
