import type { AcrLevel } from '@lanyard/platform';

declare const proved: unique symbol;

/**
 * A person proved who they are, in this interaction. Only the checks of password, passkey, wallet presentation, claim
 * code and upstream server make one, with {@link proveSignIn}; an interaction ends with nothing else.
 */
export interface SignInProof {
  readonly [proved]: true;
  readonly accountId: string;
  readonly level: AcrLevel;
  /** RFC 8176 where it has a word: `pwd`, `hwk`, `swk`, `user`; ours: `wallet`, `upstream`. */
  readonly methods: readonly string[];
}

export const proveSignIn = (accountId: string, level: AcrLevel, methods: readonly string[]): SignInProof =>
  ({ accountId, level, methods }) as unknown as SignInProof;
