import { Refusal, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';
import type { ReadWay } from '../domain/windows/consent.js';
import { type WindowScan, zWindowScan } from './code-scanners.js';

/** As journals name them; codes are read by the reader's own scanner. */
const READ_BY = { 'gate-code': 'scan', 'nfc-a': 'phone-tap', 'nfc-b': 'card-tap' } as const;
const zScheme = z.enum(['gate-code', 'nfc-a', 'nfc-b']).transform((scheme): ReadWay => READ_BY[scheme]);
const zArrivals = z.object({
  arrivals: z.array(z.object({ id: z.string().max(64), n: z.int(), scheme: zScheme, at: z.iso.datetime() })).max(8),
  last: z.int(),
});
const zTaken = zWindowScan.extend({ scheme: zScheme });

/** What the verifier refuses, and what it is here; whatever else it says lets nobody in. */
const REFUSALS: Readonly<Record<string, string>> = {
  'arrival-not-found': 'tap-not-found',
  'arrival-taken': 'tap-taken',
  'tap-too-early': 'tap-too-early',
  'tap-by-card': 'card-does-not-confirm',
  'checkpoint-not-found': 'window-reader-off',
  'window-mode-off': 'window-reader-off',
};

export interface WaitingTap {
  readonly id: string;
  readonly n: number;
  readonly readBy: ReadWay;
  /** When the verifier learned of it. */
  readonly at: string;
}
export type TakenTap = WindowScan & { readonly readBy: ReadWay };

/** Taps at the readers of windows. Each is told to all who wait and taken once, by one clerk. */
export interface WindowTaps {
  /** Those after `after` that nobody has taken, as soon as there are some or when the time is over. */
  waiting(
    asked: { readonly reader: string; readonly after: number; readonly waitSeconds: number },
    signal: AbortSignal,
  ): Promise<{ taps: WaitingTap[]; last: number }>;
  /**
   * Whose tap it was; the look is audited in the clerk's name.
   * @throws Refusal `tap-not-found`, `tap-taken`, `tap-too-early`, `card-does-not-confirm`, `window-reader-off`,
   * `dependency-unavailable` where the verifier is away
   */
  take(
    tap: string,
    asked: { readonly reader: string; readonly readAfter?: Date; readonly withoutCards?: boolean },
    actor: string,
  ): Promise<TakenTap>;
}

export function createWindowTaps(verifier: Pick<ServiceClient, 'json'>): WindowTaps {
  return {
    async waiting({ reader, after, waitSeconds }, signal) {
      const path = `/v1/window-taps?checkpoint=${reader}&after=${after}&wait=${waitSeconds}`;
      const options = { signal, timeoutMs: (waitSeconds + 5) * 1000 };
      const { arrivals, last } = await verifier
        .json<unknown>(path, options)
        .then((answer) => zArrivals.parse(answer))
        .catch(refuse);
      return { taps: arrivals.map(({ id, n, scheme, at }) => ({ id, n, readBy: scheme, at })), last };
    },
    async take(tap, { reader, readAfter, withoutCards = false }, actor) {
      const body = {
        ...{ checkpoint: reader, without_cards: withoutCards },
        ...(readAfter === undefined ? {} : { after: readAfter.toISOString() }),
      };
      const { scheme, ...scan } = await verifier
        .json<unknown>(`/v1/window-taps/${tap}/take`, { method: 'POST', body, actor, timeoutMs: 6_000 })
        .then((answer) => zTaken.parse(answer))
        .catch(refuse);
      return { ...scan, readBy: scheme };
    },
  };
}

function refuse(cause: unknown): never {
  const code = cause instanceof ServiceCallError ? REFUSALS[cause.code] : undefined;
  throw new Refusal(code ?? 'dependency-unavailable', { cause });
}
