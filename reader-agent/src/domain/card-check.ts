import type { CardTap } from '@lanyard/platform';
import type { Verdict } from '@lanyard/protocol';

export type { CardTap };

export type CardTapResult = Verdict & {
  readonly id: string;
  readonly row?: number | undefined;
  /** base64url of 8 bytes. */
  readonly portrait_id?: string | undefined;
};

/** Asks the verifier about cards. @throws where it cannot be reached or does not answer in time. */
export type CheckCardTaps = (taps: readonly CardTap[], signal: AbortSignal) => Promise<readonly CardTapResult[]>;
