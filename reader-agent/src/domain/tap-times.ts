/** Where the milliseconds from a card's appearance to its verdict went. */
export interface TapTime {
  readonly ms: number;
  /** What card, reader and driver took over their answers: nothing the agent could be quicker at. */
  readonly cardMs: number;
  /** Commands and answers between the agent and the process that drives the readers. */
  readonly channelMs: number;
  /** Taking the decision through memory and journal, the flush to disk included. */
  readonly journalMs: number;
}

interface Spread {
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
}

/** Of the last thousand taps of a kind; `own` is everything but the card's time. */
interface Times extends Spread {
  readonly own_p50_ms: number | null;
  readonly own_p99_ms: number | null;
  readonly card: Spread;
  readonly channel: Spread;
  readonly journal: Spread;
  /** What is left: building the challenge, checking the answer, policy, the screen. */
  readonly deciding: Spread;
}

/** How many taps were decided and how fast. `torn`: those that ended without a verdict. */
export interface TapTimes {
  add(scheme: string, time: TapTime): void;
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
    add(scheme, time) {
      decided += 1;
      if (scheme === 'nfc-a' || scheme === 'nfc-b') kinds[scheme].add(time);
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
  const last: TapTime[] = [];
  let count = 0;
  const spread = (of: (time: TapTime) => number): Spread => {
    const sorted = last.map(of).sort((a, b) => a - b);
    return { p50_ms: quantile(sorted, 0.5), p99_ms: quantile(sorted, 0.99) };
  };
  return {
    add(time: TapTime): void {
      last[count % kept] = time;
      count += 1;
    },
    times(): Times {
      const own = spread(({ ms, cardMs }) => ms - cardMs);
      return {
        ...spread(({ ms }) => ms),
        ...{ own_p50_ms: own.p50_ms, own_p99_ms: own.p99_ms },
        card: spread(({ cardMs }) => cardMs),
        channel: spread(({ channelMs }) => channelMs),
        journal: spread(({ journalMs }) => journalMs),
        deciding: spread(({ ms, cardMs, channelMs, journalMs }) => ms - cardMs - channelMs - journalMs),
      };
    },
  };
}

function quantile(sorted: readonly number[], share: number): number | null {
  const found = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return found === undefined ? null : Math.round(found * 100) / 100;
}
