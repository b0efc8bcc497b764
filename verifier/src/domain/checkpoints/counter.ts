import type { CheckpointPolicy } from '@lanyard/protocol';

/** Whose discount is shown at a checkpoint instead of a person. */
export interface Counter {
  /** Ids of a partner and of an entitlement. */
  readonly partner: string;
  readonly entitlement: string;
}

/** What a counter's policy must be: nobody's page opens there, and no face is on the glass. The table repeats it. */
export const showsNobody = (policy: Pick<CheckpointPolicy, 'window_mode' | 'show_portrait'>): boolean =>
  policy.window_mode === 'off' && !policy.show_portrait;
