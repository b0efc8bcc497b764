import type { CodeLanes } from '../domain/throttle/lane.js';
import type { ThrottleStore } from '../storage/throttle-store.js';

export type CodeTry<T> =
  | { readonly is: 'right'; readonly value: T }
  | { readonly is: 'wrong' }
  | { readonly is: 'too-many'; readonly waitSeconds: number };

/**
 * One try of a one-time code. Its own lane is asked before, as everywhere; that of its network only after a wrong one:
 * guesses slow whoever guesses, and nobody behind the same address who has a right code. On the first day that is a
 * whole campus.
 *
 * @param use takes the code; undefined where it is none
 */
export async function tryCode<T>(
  throttle: Pick<ThrottleStore, 'take' | 'succeeded'>,
  { own, network }: CodeLanes,
  use: () => Promise<T | undefined>,
): Promise<CodeTry<T>> {
  const mine = await throttle.take([own]);
  if (mine !== 'go') return { is: 'too-many', waitSeconds: mine.waitSeconds };
  const value = await use();
  if (value !== undefined) {
    await throttle.succeeded([own]);
    return { is: 'right', value };
  }
  const shared = await throttle.take([network]);
  return shared === 'go' ? { is: 'wrong' } : { is: 'too-many', waitSeconds: shared.waitSeconds };
}
