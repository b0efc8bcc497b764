/** Milliseconds from the card's appearance to the verdict, of the last thousand taps of a kind. */
interface Times {
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
}

/** How many taps were decided and how fast. `torn`: those that ended without a verdict. */
export interface TapTimes {
  add(scheme: string, ms: number): void;
  torn(): void;
  readonly summary: {
    readonly decided: number;
    readonly torn: number;
    readonly phone: Times;
    readonly campus_card: Times;
  };
}

const kept = 1_000;

export function createTapTimes(): TapTimes {
  const kinds = { 'nfc-a': createRing(), 'nfc-b': createRing() };
  let decided = 0;
  let torn = 0;
  return {
    add(scheme, ms) {
      decided += 1;
      if (scheme === 'nfc-a' || scheme === 'nfc-b') kinds[scheme].add(ms);
    },
    torn() {
      torn += 1;
    },
    get summary() {
      return { decided, torn, phone: kinds['nfc-a'].times(), campus_card: kinds['nfc-b'].times() };
    },
  };
}

function createRing() {
  const last: number[] = [];
  let count = 0;
  return {
    add(ms: number): void {
      last[count % kept] = ms;
      count += 1;
    },
    times(): Times {
      const sorted = [...last].sort((a, b) => a - b);
      const at = (share: number) => {
        const found = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
        return found === undefined ? null : Math.round(found * 100) / 100;
      };
      return { p50_ms: at(0.5), p99_ms: at(0.99) };
    },
  };
}
