/** Each of them once, so many at once; `lane` is the number of the one at work. */
export async function inLanes<T>(
  all: readonly T[],
  lanes: number,
  work: (one: T, lane: number) => Promise<void>,
): Promise<void> {
  const left = all.values();
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (const one of left) await work(one, lane);
    }),
  );
}
