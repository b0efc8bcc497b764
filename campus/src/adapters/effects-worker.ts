import type { Logger } from '@lanyard/platform';
import type { EffectRequest } from '../domain/effects/effect-request.js';
import type { CaseStore } from '../storage/case-store.js';
import type { EffectStore } from '../storage/effect-store.js';
import type { RegisterActs } from './register-acts.js';

/**
 * Has everything that is due carried out, one call after the other; answers how many calls came to an end. Any number of
 * processes may do it at once.
 */
export function createEffectsWorker(deps: {
  effects: EffectStore;
  cases: Pick<CaseStore, 'settleEffect'>;
  acts: Pick<RegisterActs, 'carryOut'>;
  auditName: (person: string) => string;
  log: Logger;
}) {
  const namesOf = ({ deciders }: EffectRequest) => deciders.map(deps.auditName);
  const round = async (): Promise<number> => {
    let settled = 0;
    for (;;) {
      const taken = await deps.effects.take();
      if (taken === undefined) return settled;
      const outcome = await deps.acts.carryOut(taken.caseId, taken.request, namesOf(taken.request));
      if (outcome.is === 'open') {
        deps.log.warn('effect.put-off', { case: taken.caseId, step: taken.step, code: outcome.trouble });
        await deps.effects.putOff(taken, outcome.trouble);
        continue;
      }
      await deps.cases.settleEffect(taken, outcome);
      settled += 1;
    }
  };
  let running: Promise<number> | undefined;
  /** Where a round lasts, because the issuer does, no second one begins beside it. */
  return (): Promise<number> => {
    running ??= round().finally(() => {
      running = undefined;
    });
    return running;
  };
}
