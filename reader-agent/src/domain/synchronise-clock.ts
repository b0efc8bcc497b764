import { type CryptoPort, type RandomBytes, type SignerKey, timeNonceBytes, verifySignedTime } from '@lanyard/protocol';
import type { ClockSync } from './clock-uncertainty.js';
import type { Wait } from './follow-package.js';
import type { PassageLedger } from './ledger.js';

const everyMs = 600_000;
const afterFaultMs = 60_000;

/** What an answer says about this clock: the signed time is taken to be that of the middle of the way. */
export function compareClocks(sentMs: number, receivedMs: number, signedMs: number): ClockSync {
  const middleMs = (sentMs + receivedMs) / 2;
  return {
    atSeconds: receivedMs / 1000,
    offsetSeconds: (middleMs - signedMs) / 1000,
    roundTripSeconds: Math.max(0, receivedMs - sentMs) / 1000,
  };
}

/**
 * Compares this clock with the verifier's signed time every ten minutes. It never sets the clock: that is the machine's
 * own time service; what is found widens the window codes are accepted in.
 */
export async function synchroniseClock(options: {
  crypto: CryptoPort;
  ledger: Pick<PassageLedger, 'keepClockSync'>;
  load: (nonce: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;
  signers: () => readonly SignerKey[];
  randomBytes: RandomBytes;
  nowMs: () => number;
  onFault: (error: unknown) => void;
  wait: Wait;
  signal: AbortSignal;
}): Promise<void> {
  const { signal, nowMs } = options;
  while (!signal.aborted) {
    try {
      const nonce = options.randomBytes(timeNonceBytes);
      const sentMs = nowMs();
      const answer = await options.load(nonce, signal);
      const receivedMs = nowMs();
      const signedMs = verifySignedTime(options.crypto, answer, { nonce, signers: options.signers() });
      options.ledger.keepClockSync(compareClocks(sentMs, receivedMs, signedMs));
      await options.wait(everyMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      options.onFault(error);
      await options.wait(afterFaultMs, signal);
    }
  }
}
