import { Refusal } from '@lanyard/platform';
import type { PersonActor } from '../domain/cases/action.js';
import { seesCase } from '../domain/views/who-sees.js';
import type { CaseStore } from '../storage/case-store.js';
import type { LoadedCase } from '../storage/loaded-case.js';

/** Whether somebody may read a case. */
export const sees =
  (viewer: PersonActor) =>
  ({ ready, state }: LoadedCase): boolean =>
    seesCase(ready.definition, state, viewer);

/** A case as far as it is there for this reader. @throws Refusal `case-not-found`, also where he may not see it */
export async function findSeen(cases: Pick<CaseStore, 'find'>, id: string, viewer: PersonActor): Promise<LoadedCase> {
  const loaded = await cases.find(id);
  if (!sees(viewer)(loaded)) throw new Refusal('case-not-found');
  return loaded;
}
