import { randomBytes } from 'node:crypto';
import { Refusal } from '@lanyard/platform';
import type { WaitingTap, WindowTaps } from '../../../../campus/src/adapters/window-taps.js';
import type { ReadWay } from '../../../../campus/src/domain/windows/consent.js';
import { WINDOW_PASS } from '../../../../campus/test/service/support/start-campus.js';

/** Taps at readers as the verifier tells them to campus; what it does is tried with the real one in campus's window-taps.test.ts. */
export function createStandInTaps(): WindowTaps & { tap: (reader: string, readBy: ReadWay, number: string) => void } {
  let taps: (WaitingTap & { reader: string; number: string })[] = [];
  let serial = 0;
  const wake = new Set<() => void>();
  const after = (reader: string, n: number) => taps.filter((one) => one.reader === reader && one.n > n);
  return {
    tap(reader, readBy, number) {
      serial += 1;
      const id = randomBytes(16).toString('base64url');
      taps.push({ id, n: serial, readBy, at: new Date().toISOString(), reader, number });
      for (const ring of wake) ring();
      wake.clear();
    },
    async waiting({ reader, after: n, waitSeconds }, signal) {
      while (waitSeconds > 0 && after(reader, n).length === 0 && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake.add(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      const found = after(reader, n);
      return {
        taps: found.map(({ id, n: at, readBy, at: when }) => ({ id, n: at, readBy, at: when })),
        last: found.at(-1)?.n ?? n,
      };
    },
    async take(id, { withoutCards }) {
      const found = taps.find((one) => one.id === id);
      if (found === undefined) throw new Refusal('tap-taken');
      if (withoutCards && found.readBy === 'card-tap') throw new Refusal('card-does-not-confirm');
      taps = taps.filter((one) => one !== found);
      return { ...WINDOW_PASS, student_number: found.number, portrait: null, readBy: found.readBy };
    },
  };
}
