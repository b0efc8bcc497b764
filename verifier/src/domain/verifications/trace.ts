import type { Caller } from '@lanyard/platform';
import type { StatusReference } from '@lanyard/protocol';
import type { DecidedItem } from './decide-items.js';

/** Who was shown, as only the issuer can tell: a row of the package, or an entry of a status list of its own. */
export type ShownBy = { readonly row: number } | StatusEntry;

/** A place in one of our own issuer's status lists. */
export interface StatusEntry {
  readonly list: number;
  readonly index: number;
}

/** A verification away from gates that a student was part of. */
export interface VerificationTrace {
  readonly kind: 'code' | 'presentation';
  readonly atMs: number;
  /** A service or `staff`, never a person. */
  readonly asker: string;
  /** Checkpoint, `purpose:ID`, or empty. */
  readonly place: string;
  readonly by: ShownBy;
  /** Names of what was told, never values. */
  readonly claims: readonly string[];
  readonly verdict: string;
  readonly reason: string | undefined;
}

/** Desk codes are passages in all but the gate; what was told to a service stays as long as people ask about it. */
export const TRACE_KEPT_DAYS = { code: 7, presentation: 180 } as const;

/** Who asked, as a student may read it. */
export function askerOf(caller: Caller): string {
  if (caller.kind !== 'service') return caller.kind;
  return caller.id === 'staff' ? 'staff' : `service:${caller.id}`;
}

/** The entry behind a status reference of our own issuer; undefined for another university's. */
export function entryOf(status: StatusReference | undefined, issuerUrl: string): StatusEntry | undefined {
  const prefix = `${issuerUrl}/status-lists/`;
  if (status === undefined || !status.uri.startsWith(prefix)) return undefined;
  const list = Number(status.uri.slice(prefix.length));
  return Number.isSafeInteger(list) && list > 0 ? { list, index: status.index } : undefined;
}

/** Who was proved to be there; undefined for nobody and for students of other universities, who have no list here. */
export function shownBy(
  { rowNumber, pass, status }: Pick<DecidedItem, 'rowNumber' | 'pass' | 'status'>,
  own: { readonly universityCode: string; readonly issuerUrl: string },
): ShownBy | undefined {
  if (pass !== undefined && pass.universityCode === own.universityCode)
    return { list: pass.listNumber, index: pass.listIndex };
  return rowNumber === undefined ? entryOf(status, own.issuerUrl) : { row: rowNumber };
}

const AT_MOST = 20_000;

/** Gathers traces in memory; who owns it writes them down each second. Beyond what fits none is kept. */
export function createTraceBuffer() {
  let waiting: VerificationTrace[] = [];
  return {
    add(trace: VerificationTrace): void {
      if (waiting.length < AT_MOST) waiting.push(trace);
    },
    take(): VerificationTrace[] {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    /** Puts back what could not be written. */
    restore(traces: readonly VerificationTrace[]): void {
      waiting = [...traces, ...waiting].slice(0, AT_MOST);
    },
  };
}
export type TraceBuffer = ReturnType<typeof createTraceBuffer>;
