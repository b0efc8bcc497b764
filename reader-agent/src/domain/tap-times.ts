/**
 * Milliseconds from the card's appearance to the verdict, of the last thousand taps of a kind; `own` without what reader
 * and card took over their answers.
 */
interface Times {
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly own_p50_ms: number | null;
  readonly own_p99_ms: number | null;
}

/** How many taps were decided and how fast. `torn`: those that ended without a verdict. */
export interface TapTimes {
  add(scheme: string, ms: number, ownMs: number): void;
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
    add(scheme, ms, ownMs) {
      decided += 1;
      if (scheme === 'nfc-a' || scheme === 'nfc-b') kinds[scheme].add(ms, ownMs);
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
  const own: number[] = [];
  let count = 0;
  return {
    add(ms: number, ownMs: number): void {
      last[count % kept] = ms;
      own[count % kept] = ownMs;
      count += 1;
    },
    times(): Times {
      return {
        ...{ p50_ms: quantile(last, 0.5), p99_ms: quantile(last, 0.99) },
        ...{ own_p50_ms: quantile(own, 0.5), own_p99_ms: quantile(own, 0.99) },
      };
    },
  };
}

function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return found === undefined ? null : Math.round(found * 100) / 100;
}
