import { readFileSync } from 'node:fs';

/**
 * Milliseconds the main thread of a process was ready to run and had no processor, since its start; undefined where the
 * system does not say (anything but Linux), or the process is gone.
 */
export function starvedMs(pid: number | undefined): number | undefined {
  try {
    // "time on the processor, time waiting for it, slices", the first two in nanoseconds.
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return undefined;
  }
}
