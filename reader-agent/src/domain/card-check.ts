import type { Verdict } from '@lanyard/protocol';

/** What a campus card said, as the verifier is asked about it. Made once: sent again after a torn connection. */
export interface CardTap {
  /** 16 random bytes, base64url: the same id again gives the same answer. */
  readonly id: string;
  /** Hexadecimal, as in the card's address. */
  readonly picc_data: string;
  readonly cmac: string;
  readonly key_version: number;
  /** Seconds since 1970 UTC. */
  readonly at: number;
}

export type CardTapResult = Verdict & {
  readonly id: string;
  readonly row?: number | undefined;
  /** base64url of 8 bytes. */
  readonly portrait_id?: string | undefined;
};

/** Asks the verifier about cards. @throws where it cannot be reached or does not answer in time. */
export type CheckCardTaps = (taps: readonly CardTap[], signal: AbortSignal) => Promise<readonly CardTapResult[]>;
