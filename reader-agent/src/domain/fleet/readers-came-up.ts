import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadersHealth } from '../reader-port.js';
import { SettingsRefused } from './settings-keeper.js';

const lookEveryMs = 100;
/** A binding loads, finds the daemon and names its readers in less. */
const longestMs = 10_000;

/**
 * Waits until readers work that were started anew. Where they did not work before either, nothing is the fault of what
 * was set.
 * @throws SettingsRefused `readers-not-started`, `readers-not-found`
 */
export async function readersCameUp(
  before: ReadersHealth | undefined,
  health: () => ReadersHealth | undefined,
  wait: (ms: number) => Promise<unknown> = sleep,
): Promise<void> {
  if (before !== undefined && before.state !== 'working') return;
  // A reader that was unplugged before may stay so; one that is wanted for the first time has to be there.
  const mayBeNone = before !== undefined && before.readers.length === 0;
  for (let waitedMs = 0; waitedMs < longestMs; waitedMs += lookEveryMs) {
    const now = health();
    if (now === undefined) return; // none are wanted any more
    if (now.state === 'working' && (mayBeNone || now.readers.length > 0)) return;
    if (now.state === 'not-installed') break;
    await wait(lookEveryMs);
  }
  throw new SettingsRefused(health()?.state === 'working' ? 'readers-not-found' : 'readers-not-started');
}
