import { ApiProblem } from './calls.js';

const AGAIN_MS = 3_000;
const BUSY_MS = 500;

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
export const problemOf = (error: unknown): ApiProblem =>
  error instanceof ApiProblem ? error : new ApiProblem('page-fault', 0);

/** Hears of taps at one place until it is over there; who tapped last is told, and nobody while the desk is busy. */
export async function followArrivals(desk: {
  isOver: () => boolean;
  isBusy: () => boolean;
  fetch: (after: number) => Promise<{ arrivals: { id: string }[]; last: number }>;
  arrived: (id: string) => void | Promise<void>;
  signedOut: () => void;
}): Promise<void> {
  let after = 0;
  while (!desk.isOver()) {
    if (desk.isBusy()) {
      await sleep(BUSY_MS);
      continue;
    }
    try {
      const found = await desk.fetch(after);
      after = found.last;
      const last = found.arrivals.at(-1);
      if (last !== undefined && !desk.isOver()) await desk.arrived(last.id);
    } catch (error) {
      if (problemOf(error).status === 401) return desk.signedOut();
      await sleep(AGAIN_MS);
    }
  }
}
