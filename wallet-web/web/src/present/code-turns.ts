/** Life of a code on the screen in ms. */
export const TURN_MS = 10_000;

export interface CodeTurns {
  /** Makes a code at once, as a touch does. */
  turnNow(): void;
  stop(): void;
}

/**
 * Makes a new code every 10 s and shows it in one frame with its ring. `make` failing, or taking longer than the old
 * code lives, takes the old one away: never an old code. Timers and frames are passed in.
 */
export function startCodeTurns(
  parts: { make: () => Promise<string>; show: (code: string) => void; fail: (error: unknown) => void },
  host: {
    setTimeout: (work: () => void, ms: number) => number;
    clearTimeout: (id: number) => void;
    frame: (work: () => void) => void;
  },
): CodeTurns {
  let timer = 0;
  let turn = 0;
  let stopped = false;

  function begin(): void {
    host.clearTimeout(timer);
    turn += 1;
    const mine = turn;
    const current = () => !stopped && mine === turn;
    parts.make().then(
      (code) => host.frame(() => current() && parts.show(code)),
      (error: unknown) => current() && parts.fail(error),
    );
    timer = host.setTimeout(begin, TURN_MS);
  }

  begin();
  return {
    turnNow: () => {
      if (!stopped) begin();
    },
    stop: () => {
      stopped = true;
      host.clearTimeout(timer);
    },
  };
}
