/**
 * Runs at most `limit` of the works at a time, the others wait in line. What is called for a rush of people must not
 * arrive all at once: the one who was first would wait for all who were not.
 */
export function createAtMost(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= limit) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
