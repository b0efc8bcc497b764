/** Asks again every few milliseconds until there is an answer; for what another process does in its own time. */
export async function until<T>(ask: () => T | Promise<T>, withinMs = 20_000): Promise<NonNullable<T>> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await Promise.resolve(ask()).catch(() => undefined);
    if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<T>;
    if (Date.now() > end) throw new Error(`nothing within ${withinMs} ms: ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
