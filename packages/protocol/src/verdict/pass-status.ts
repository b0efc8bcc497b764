import type { CheckpointPolicy } from '../offline-package/checkpoint-policy.js';
import { type PassList, passStatusOf } from '../pass-list/pass-list.js';
import type { Freshness } from './decide-data.js';
import type { Mark } from './decision.js';
import { cannotDecide, type Verdict } from './verdict.js';

/** A pass list whose next_update is this long past says nothing any more, whatever the policy. */
const statusMaxAgeSeconds = 8 * 86_400;

/** The status of a pass by its list, or why nothing can be said; with what has to be marked about its age. */
export function statusByList(
  list: PassList | undefined,
  listIndex: number,
  at: { readonly policy: Pick<CheckpointPolicy, 'grace'>; readonly freshness: Freshness; readonly nowSeconds: number },
): { readonly marks: readonly Mark[] } & (
  | { readonly status: 'valid' | 'suspended' | 'revoked' }
  | { readonly verdict: Verdict }
) {
  const status = list === undefined ? 'unknown-index' : passStatusOf(list, listIndex);
  if (list === undefined || status === 'unknown-index')
    return { verdict: cannotDecide('status-unavailable'), marks: [] };
  const listAgeSeconds = at.nowSeconds - list.nextUpdateSeconds;
  const marks: Mark[] = at.freshness === 'grace' || listAgeSeconds > 0 ? ['grace'] : [];
  const tooOld = listAgeSeconds > (at.policy.grace === 'refuse' ? 0 : statusMaxAgeSeconds);
  // What an old list says against somebody stays true; that it says nothing does not.
  if (status === 'valid' && tooOld) return { verdict: cannotDecide('status-too-old'), marks };
  return { status, marks };
}
