import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@lanyard/platform';
import { encodeCommand, selectPhone } from '@lanyard/protocol/nfc';
import { openLmdbKeptCards } from './adapters/lmdb-kept-cards.js';
import { superviseReaders } from './adapters/readers/supervised-readers.js';
import type { AgentConfig } from './config.js';
import type { CardDesk } from './domain/card-desk.js';
import { checkKeptCards } from './domain/check-kept-cards.js';
import type { EffectiveSettings } from './domain/fleet/settings-keeper.js';
import type { ReaderEvent, ReaderPort, ReadersHealth } from './domain/reader-port.js';
import { createTapSession } from './domain/tap-session.js';
import { createTapTimes, type TapTimes } from './domain/tap-times.js';

/** What an operator has to install before `npm ci` can compile the binding. */
const installHint = 'apt-get install pcscd libpcsclite-dev, then npm ci';

export interface CardReaders {
  /** Undefined where no reader is configured. */
  readonly health: ReadersHealth | undefined;
  readonly times: TapTimes['summary'];
  close(): Promise<void>;
}

type TapParts = Parameters<typeof createTapSession>[0];

/** Card readers of a gate, from the driver to the tap session; off where none is configured. */
export function connectCardReaders(
  parts: Omit<TapParts, 'verifierOrigin' | 'monotonicMs' | 'keepForLater' | 'onDecided' | 'onTorn' | 'onFault'> & {
    config: AgentConfig;
    /** Which readers, and through which package. */
    readers: Pick<EffectiveSettings, 'readers' | 'reader_binding'>;
    /** Where cards are written nothing is decided about them. */
    desk: CardDesk | undefined;
    isOnline: () => boolean;
    log: Logger;
    onHealth: () => void;
  },
): CardReaders {
  const { config, log } = parts;
  const { readers, reader_binding: binding } = parts.readers;
  const times = createTapTimes();
  if (readers === '') return { health: undefined, times: times.summary, close: async () => {} };

  const port: ReaderPort = superviseReaders({
    binding,
    readers: readers === 'all' ? 'all' : readers.split(',').map((name) => name.trim()),
    // Where cards are written nobody knows what comes first.
    ...(parts.desk === undefined ? { opening: encodeCommand(selectPhone) } : {}),
    childModule: new URL('./adapters/readers/child-main.js', import.meta.url),
    onRestart: (why) => log.warn('readers.restarted', { why }),
  });
  const fault = (error: unknown) => log.error('tap.fault', { detail: error instanceof Error ? error.name : 'unknown' });
  const kept = openLmdbKeptCards(config.LANYARD_STORE);
  const closing = new AbortController();
  const checking = checkKeptCards({
    ...{ kept, check: parts.checkCardTaps, isOnline: parts.isOnline, signal: closing.signal },
    wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    onRefused: (tap, { reason }) => log.error('card.let-in-and-refused', { at: tap.at, reason }),
  });
  const session = createTapSession({
    ...parts,
    keepForLater: kept.keep,
    verifierOrigin: new URL(config.LANYARD_PUBLIC_URL_VERIFIER || config.LANYARD_VERIFIER_URL).origin,
    monotonicMs: () => performance.now(),
    onDecided: times.add,
    onTorn(code) {
      times.torn();
      log.info('tap.torn', { code });
    },
    onFault: fault,
  });
  let said = '';
  port.listen((event: ReaderEvent) => {
    if (event.kind !== 'health' && parts.desk !== undefined) return parts.desk.take(event);
    if (event.kind !== 'health') return void session.take(event).catch(fault);
    const { state, readers } = port.health;
    if (state !== said) log.info('readers.state', { state });
    if (said === 'working' && state !== said) session.readersLost();
    if (state !== said && state === 'not-installed') log.error('readers.not-installed', { hint: installHint });
    said = state;
    for (const { name, state: of } of readers) if (of === 'stuck') log.warn('reader.stuck', { reader: name });
    parts.onHealth();
  });
  return {
    get health() {
      return port.health;
    },
    get times() {
      return times.summary;
    },
    async close() {
      closing.abort();
      await port.close();
      await checking;
      await kept.close();
    },
  };
}
