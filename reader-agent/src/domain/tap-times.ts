/** How long taps took from the card's appearance to the verdict, in milliseconds; the last few hundred count. */
export interface TapTimes {
  add(ms: number): void;
  torn(): void;
  readonly summary: {
    readonly decided: number;
    readonly torn: number;
    readonly p50_ms: number | null;
    readonly p99_ms: number | null;
  };
}

const kept = 1_000;

export function createTapTimes(): TapTimes {
  const last: number[] = [];
  let decided = 0;
  let torn = 0;
  return {
    add(ms) {
      last[decided % kept] = ms;
      decided += 1;
    },
    torn() {
      torn += 1;
    },
    get summary() {
      const sorted = [...last].sort((a, b) => a - b);
      const at = (share: number) => {
        const found = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
        return found === undefined ? null : Math.round(found * 100) / 100;
      };
      return { decided, torn, p50_ms: at(0.5), p99_ms: at(0.99) };
    },
  };
}
