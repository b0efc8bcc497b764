import { setTimeout as pause } from 'node:timers/promises';
import { CommandRefusal } from '../client/call-service.js';
import type { CommandContext } from './command.js';

/** Work on many students, as the issuer tells of it (`GET /v1/bulk-runs/{id}`). */
export interface BulkRun {
  id: number;
  state: string;
  total: number;
  done: number;
  refused: number;
  rate_per_second: number;
  seconds_left: number | null;
}

const EVERY_MS = 500;

/** Says how far a run is until it has ended. @throws CommandRefusal where it waits for a second person */
export async function followRun(context: CommandContext, id: number): Promise<BulkRun> {
  for (;;) {
    const run = await context.client.call<BulkRun>('issuer', `/v1/bulk-runs/${id}`);
    if (run.state === 'waiting-for-second-person' || run.state === 'undo-waiting')
      throw new CommandRefusal('waiting-for-second-person', 'A second person has to approve this run.', run);
    context.say(
      `run ${run.id}: ${run.done} of ${run.total}, ${run.rate_per_second} a second, ${run.seconds_left ?? '?'} s left`,
    );
    if (run.state !== 'applying' && run.state !== 'undoing') return run;
    await pause(EVERY_MS);
  }
}

export const runText = (run: BulkRun): string =>
  `Run ${run.id}: ${run.state}, ${run.done - run.refused} of ${run.total}, ${run.refused} refused.`;
