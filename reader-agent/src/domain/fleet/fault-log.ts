/** A kind of fault by its stable code, when it was last seen and how often since the start. */
export interface KnownFault {
  readonly code: string;
  /** Seconds since 1970 UTC. */
  readonly at: number;
  readonly times: number;
}

const most = 10;

/** Remembers what went wrong by code alone: texts of errors may name people, codes cannot. */
export function createFaultLog(nowSeconds: () => number) {
  const known = new Map<string, KnownFault>();
  return {
    note(code: string): void {
      const times = (known.get(code)?.times ?? 0) + 1;
      known.delete(code);
      known.set(code, { code, at: nowSeconds(), times });
      const oldest = known.keys().next().value;
      if (known.size > most && oldest !== undefined) known.delete(oldest);
    },
    /** Newest first. */
    list: (): KnownFault[] => [...known.values()].reverse(),
  };
}
export type FaultLog = ReturnType<typeof createFaultLog>;
