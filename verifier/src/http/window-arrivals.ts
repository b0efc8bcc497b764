import { type Clock, lookUntil, Refusal, type WakeBell, zAfter } from '@lanyard/platform';
import { z } from 'zod';
import type { Checkpoint, CheckpointStore } from '../storage/checkpoint-store.js';
import type { Arrival } from '../storage/window-store.js';
import { requireCheckpoint } from './checkpoint-routes.js';

const MAX_WAIT_SECONDS = 25;
/** Another process may have taken the journal in: the bell rings only in this one. */
const LOOK_AGAIN_MS = 1_000;
export const zCheckpointId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
export const zArrival = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
export const zWait = z.coerce.number().min(0).max(MAX_WAIT_SECONDS).default(0);
export const zArrivalsQuery = z.object({
  checkpoint: zCheckpointId,
  after: zAfter,
  wait: zWait,
});

export type WindowMode = 'open' | 'nod';

/** A checkpoint that is a window, of this mode where one is named. @throws Refusal `checkpoint-not-found`, `window-mode-off` */
export async function requireWindowMode(
  checkpoints: CheckpointStore,
  id: string,
  mode?: WindowMode,
): Promise<Checkpoint> {
  const checkpoint = await requireCheckpoint(checkpoints, id);
  const { window_mode: is } = checkpoint.policy;
  if (is === 'off' || (mode !== undefined && is !== mode)) throw new Refusal('window-mode-off');
  return checkpoint;
}

type Waiting = Pick<Arrival, 'id' | 'n' | 'scheme' | 'at'>;

/** Taps that nobody has taken yet, as soon as there are some or when the time is over; nobody is named. */
export async function waitForArrivals(
  deps: {
    windows: { waiting: (checkpointId: string, after: number) => Promise<Waiting[]> };
    bell: WakeBell;
    clock: Clock;
  },
  checkpointId: string,
  { after, wait }: { readonly after: number; readonly wait: number },
  signal: AbortSignal,
) {
  const { windows, bell, clock } = deps;
  const found = await lookUntil({
    ...{ bell, nowMs: clock.nowMs, untilMs: clock.nowMs() + wait * 1000, signal },
    look: () => windows.waiting(checkpointId, after),
    isEnough: (arrived) => arrived.length > 0,
    lookAgainMs: () => LOOK_AGAIN_MS,
  });
  const arrivals = found.map(({ id, n, scheme, at }) => ({ id, n, scheme, at: at.toISOString() }));
  return { arrivals, last: found.at(-1)?.n ?? after };
}
