import type { PinnedSigners } from '@lanyard/protocol';
import type { PackageHolder } from './package-holder.js';

/** Asks for a package: bytes, or undefined where `have` is still the newest after the wait. */
export type LoadPackage = (haveSequence: number, signal: AbortSignal) => Promise<Uint8Array | undefined>;

/** Waits; ends early, without an error, when the signal says so. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

const firstPauseMs = 250;
/** A verifier that does not wait must not be asked in a loop. */
const betweenAsksMs = 50;
const longestPauseMs = 8_000;
const afterRefusalMs = 5_000;

/**
 * Keeps the package the newest until `signal` ends it. A refused package changes nothing: it is told by its code, and
 * the whole package is asked for once. Pauses after failures double, so that a verifier that comes back is not flooded.
 */
export async function followPackage(options: {
  holder: PackageHolder;
  load: LoadPackage;
  pinned: PinnedSigners;
  checkpointId: string;
  onContact: (online: boolean) => void;
  onRefused: (refusal: string, detail: string) => void;
  onFault: (error: unknown) => void;
  wait: Wait;
  signal: AbortSignal;
}): Promise<void> {
  const { holder, signal } = options;
  let pauseMs = firstPauseMs;
  let whole = false;
  while (!signal.aborted) {
    try {
      const have = whole ? 0 : (holder.state?.checkpoint.sequence ?? 0);
      const envelope = await options.load(have, signal);
      options.onContact(true);
      pauseMs = firstPauseMs;
      if (envelope === undefined) {
        await options.wait(betweenAsksMs, signal);
        continue;
      }
      const { pinned, checkpointId } = options;
      const result = await holder.take(envelope, { full: whole, pinned, checkpointId });
      if (result.ok) whole = false;
      else {
        options.onRefused(result.refusal, result.detail);
        if (whole || holder.state === undefined) await options.wait(afterRefusalMs, signal);
        whole = !whole && holder.state !== undefined;
      }
    } catch (error) {
      if (signal.aborted) return;
      options.onContact(false);
      options.onFault(error);
      await options.wait(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
}
