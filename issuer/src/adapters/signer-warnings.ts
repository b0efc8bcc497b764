import type { Clock, Logger } from '@lanyard/platform';
import type { Signers } from './signers.js';

const AGAIN_MS = 86_400_000;

/** Says once a day in the log what the operator has to do: issuing goes on meanwhile. */
export function createSignerWarnings(parts: { signers: Signers; clock: Clock; log: Logger }): () => void {
  const said = new Map<string, number>();
  return () => {
    const now = parts.clock.nowMs();
    for (const { use, warning, toSeconds } of parts.signers.warnings()) {
      const key = `${use} ${warning}`;
      if (now - (said.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) continue;
      said.set(key, now);
      parts.log.warn(`signer.${warning}`, { use, to: new Date(toSeconds * 1000).toISOString() });
    }
  };
}
