import { setImmediate as breathe } from 'node:timers/promises';
import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { type DryRun, dryRun, fullyInForceOn } from '../domain/definitions/dry-run.js';
import { seesCase, seesService } from '../domain/views/who-sees.js';
import type { CaseStore } from '../storage/case-store.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import { actingOperator, operators } from './acting-operator.js';
import { zVersioned } from './definition-routes.js';

const MAX_CASES = 500;
const MAX_SHOWN = 50;

/** A version tried on past cases before it is published. */
export function createDryRunRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  cases: CaseStore;
  sealer: CaseSealer;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/service-definitions/:id/:version/dry-run',
      callers: operators,
      params: zVersioned,
      body: z.strictObject({ last: z.int().min(1).max(MAX_CASES).default(200) }),
      summary: 'Which of the last decided cases would have gone another way; nothing is written',
    },
    async ({ params, body, caller, context }) => {
      const { person } = await actingOperator(caller, context, deps);
      const next = await deps.definitions.findVersion(params.id, params.version);
      // How many applied is not for those to whom the service is not there.
      if (next.definition.visible_to !== 'everyone' && (person === undefined || !seesService(next.definition, person)))
        throw new Refusal('service-not-found');
      const day = fullyInForceOn(next.definition);
      const counts: Record<DryRun['kind'], number> = {
        ...{ same: 0, 'other-path': 0, 'form-does-not-fit': 0, 'may-not-start': 0 },
      };
      const paths = new Map<string, { was: readonly string[]; would: readonly string[]; cases: number }>();
      const seen: { id: string; kind: DryRun['kind'] }[] = [];
      for (const { id, ready, state } of await deps.cases.lastDecided(params.id, body.last)) {
        const run = dryRun(ready, next, state, day);
        counts[run.kind] += 1;
        if (run.kind === 'other-path') {
          const key = `${run.was.join()} ${run.would.join()}`;
          paths.set(key, { was: run.was, would: run.would, cases: (paths.get(key)?.cases ?? 0) + 1 });
        }
        const mayOpen = person !== undefined && seesCase(ready.definition, state, person);
        if (run.kind !== 'same' && mayOpen && seen.length < MAX_SHOWN) seen.push({ id, kind: run.kind });
        // Others are served in between.
        await breathe();
      }
      const looked = Object.values(counts).reduce((total, one) => total + one, 0);
      return { body: { day, looked_at: looked, counts, paths: [...paths.values()], cases: seen } };
    },
  );
  return router;
}
