import { join } from 'node:path';
import type { HashPort } from '@lanyard/protocol';
import { open } from 'lmdb';
import type { ClockSync } from '../domain/clock-uncertainty.js';
import { type ChainEnd, chainEntry, chainStart, checkChain, type JournalEntry } from '../domain/journal-chain.js';
import type { PassageLedger } from '../domain/ledger.js';
import type { ZoneState } from '../domain/zone-memory.js';
import { type LoggedChange, openPassageLog } from './passage-log.js';

/**
 * Journal, replay memory and zone states in one lmdb environment, behind a log. What is decided is in the log, flushed
 * once, before it is answered; a thread of lmdb commits it meanwhile, which takes two flushes. What a killed agent had
 * not committed is put in from the log when it starts again; putting it in twice changes nothing.
 */
export function openLmdbLedger(
  folder: string,
  crypto: Pick<HashPort, 'sha256'>,
): PassageLedger & { close(): Promise<void> } {
  // overlappingSync would call a commit done before its flush: the log would be emptied too early.
  const root = open({ path: join(folder, 'ledger'), overlappingSync: false, maxDbs: 5 });
  const journal = root.openDB<JournalEntry, number>('journal', { encoding: 'json' });
  const replay = root.openDB<number, Buffer>('replay', { keyEncoding: 'binary', encoding: 'json' });
  const zone = root.openDB<Omit<ZoneState, 'row'>, number>('zone', { encoding: 'json' });
  const meta = root.openDB<ChainEnd | ClockSync | number, string>('meta', { encoding: 'json' });

  const log = openPassageLog(folder);
  /** In the log, not yet known to be committed. */
  const waiting = new Set<LoggedChange>();
  let failed = false;

  function put(change: LoggedChange): Promise<boolean>[] {
    if ('forget' in change) return [zone.remove(change.forget)];
    const { entry, taken, moved, presentedUpTo } = change;
    return [
      journal.put(entry.sequence, entry),
      ...(taken === undefined ? [] : [replay.put(Buffer.from(taken[0], 'base64url'), taken[1])]),
      ...(moved === undefined ? [] : [zone.put(moved.row, { side: moved.side, at: moved.at })]),
      ...(presentedUpTo === undefined ? [] : [meta.put('presented_up_to', presentedUpTo)]),
    ];
  }
  /** Flushed to the log, or not written at all. */
  function write(change: LoggedChange): void {
    log.append(change);
    waiting.add(change);
    Promise.all(put(change)).then(
      () => void waiting.delete(change),
      () => {
        failed = true;
      },
    );
  }
  /** What a peer of the zone told later is newer than the log. */
  function newerThanKept(moved: ZoneState | undefined): ZoneState | undefined {
    return moved === undefined || (zone.get(moved.row)?.at ?? 0) > moved.at ? undefined : moved;
  }
  /** Everything that waits, committed before it returns. */
  function commitWaiting(): void {
    root.transactionSync(() => {
      for (const change of waiting) {
        put('forget' in change ? change : { ...change, moved: newerThanKept(change.moved) });
      }
    });
    waiting.clear();
    failed = false;
  }

  const trimmed = (meta.get('trimmed') as ChainEnd | undefined) ?? chainStart;
  let endSeconds = 0;
  function* kept(): Iterable<JournalEntry> {
    for (const { value } of journal.getRange({})) {
      // What an untrusted clock said must not become the time everything else is measured by.
      if (value.reason !== 'clock-unreliable') endSeconds = Math.max(endSeconds, value.at);
      yield value;
    }
  }
  for (const change of log.read()) {
    // What was swept away since stays away.
    if ('forget' in change || change.entry.sequence > trimmed.sequence) waiting.add(change);
  }
  if (waiting.size > 0) commitWaiting();
  log.clear();
  const checked = checkChain(crypto, trimmed, kept());
  let end = checked ?? trimmed;
  let acceptedUpTo = (meta.get('accepted_up_to') as number | undefined) ?? 0;
  let presented = (meta.get('presented_up_to') as number | undefined) ?? 0;

  return {
    whole: checked !== undefined,
    get endSeconds() {
      return endSeconds;
    },
    get endSequence() {
      return end.sequence;
    },
    get acceptedUpTo() {
      return acceptedUpTo;
    },
    get presentedUpTo() {
      return presented;
    },
    append(draft, taken, moved, presentedUpTo) {
      const entry = chainEntry(crypto, end, draft);
      write({
        entry,
        ...(taken === undefined
          ? {}
          : { taken: [Buffer.from(taken.key).toString('base64url'), taken.untilSeconds] as const }),
        ...(moved === undefined ? {} : { moved }),
        ...(presentedUpTo === undefined ? {} : { presentedUpTo }),
      });
      presented = presentedUpTo ?? presented;
      end = { sequence: entry.sequence, hash: entry.hash };
      if (entry.reason !== 'clock-unreliable') endSeconds = Math.max(endSeconds, entry.at);
      return entry;
    },
    *takenCodes() {
      for (const { key, value } of replay.getRange({})) yield { key, untilSeconds: value };
    },
    *zoneStates() {
      for (const { key, value } of zone.getRange({})) yield { row: key, ...value };
    },
    remember(taken, moved) {
      for (const { key, untilSeconds } of taken) void replay.put(Buffer.from(key), untilSeconds);
      for (const { row, side, at } of moved) void zone.put(row, { side, at });
    },
    forgetZoneState(row) {
      write({ forget: row });
    },
    get clockSync() {
      return meta.get('clock_sync') as ClockSync | undefined;
    },
    keepClockSync(sync) {
      void meta.put('clock_sync', sync);
    },
    confirm(upTo) {
      // Forgotten, it is told again, which changes nothing.
      meta.put('accepted_up_to', upTo).catch(() => {});
      acceptedUpTo = upTo;
    },
    after(sequence, limit) {
      const found = [...journal.getRange({ start: sequence + 1, limit })].map(({ value }) => value);
      for (const change of waiting) {
        const last = found.at(-1)?.sequence ?? sequence;
        if ('entry' in change && change.entry.sequence > last && found.length < limit) found.push(change.entry);
      }
      return found;
    },
    sweep(nowSeconds, keepSeconds) {
      if (failed) commitWaiting();
      if (waiting.size === 0 && !log.isEmpty) log.clear();
      root.transactionSync(() => {
        for (const { key, value } of [...replay.getRange({})]) if (value < nowSeconds) replay.remove(key);
        for (const { key, value } of [...zone.getRange({})]) if (value.at < nowSeconds - keepSeconds) zone.remove(key);
        let last: JournalEntry | undefined;
        for (const { key, value } of [...journal.getRange({ limit: 5_000 })]) {
          if (key > acceptedUpTo || key >= end.sequence || value.at >= nowSeconds - keepSeconds) break;
          journal.remove(key);
          last = value;
        }
        if (last !== undefined) meta.put('trimmed', { sequence: last.sequence, hash: last.hash });
      });
    },
    async close() {
      await root.close();
      log.close();
    },
  };
}
