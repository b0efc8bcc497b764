import type { CaseState } from '../domain/cases/case-state.js';
import type { ReadyDefinition } from '../domain/cases/live-case.js';

/** A case as it stands, with the version of the service it began by. */
export interface LoadedCase {
  readonly id: string;
  readonly ready: ReadyDefinition;
  readonly state: CaseState;
}
