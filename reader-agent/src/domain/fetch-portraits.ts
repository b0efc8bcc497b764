import { type PackageState, peopleRowBytes } from '@lanyard/protocol';
import type { Wait } from './follow-package.js';

/** Portraits on disk, encrypted; by their 8-byte id as hex. */
export interface PortraitStore {
  has(portraitId: string): boolean;
  read(portraitId: string): Uint8Array | undefined;
  write(portraitId: string, jpeg: Uint8Array): Promise<void>;
  ids(): Iterable<string>;
  remove(portraitId: string): Promise<void>;
}

const idBytes = 8;
const afterFaultMs = 10_000;

/** Ids of the portraits a package names, each once. */
export function portraitIdsOf(state: PackageState): Set<string> {
  const { rows } = state.people.table;
  const ids = new Set<string>();
  for (let end = peopleRowBytes; end <= rows.length; end += peopleRowBytes) {
    const id = rows.subarray(end - idBytes, end);
    if (id.some((byte) => byte !== 0)) ids.add(Buffer.from(id).toString('hex'));
  }
  return ids;
}

/**
 * Fetches portraits in the background, one after the other, and drops those no package names any more. A verdict never
 * waits for one: until it is here, the screen says so.
 */
export async function fetchPortraits(options: {
  findPackage: () => PackageState | undefined;
  portraits: PortraitStore;
  load: (portraitId: string, signal: AbortSignal) => Promise<Uint8Array | undefined>;
  waitForPackage: (signal: AbortSignal) => Promise<void>;
  wait: Wait;
  signal: AbortSignal;
}): Promise<void> {
  const { portraits, signal } = options;
  let done: PackageState | undefined;
  while (!signal.aborted) {
    const state = options.findPackage();
    if (state === undefined || state === done) {
      await options.waitForPackage(signal);
      continue;
    }
    const wanted = state.checkpoint.policy.show_portrait ? portraitIdsOf(state) : new Set<string>();
    try {
      for (const id of [...portraits.ids()]) if (!wanted.has(id)) await portraits.remove(id);
      for (const id of wanted) {
        if (signal.aborted || options.findPackage() !== state) break;
        if (portraits.has(id)) continue;
        const jpeg = await options.load(id, signal);
        if (jpeg !== undefined) await portraits.write(id, jpeg);
      }
      done = state;
    } catch {
      // The verifier is away: followPackage says so on the screen.
      await options.wait(afterFaultMs, signal);
    }
  }
}
