/** What a serial scanner sent: a line, or something no code can be (too long, or cut off). */
export type ScannerEvent = { readonly kind: 'line'; readonly text: string } | { readonly kind: 'malformed' };

/** Longest line in bytes; a portable code is 468 characters. */
export const maxLineBytes = 1024;
/** A line that stops for so long will not be finished: scanners send each code in one burst. */
const cutOffAfterMs = 1000;

/**
 * Splits what a scanner sends into lines ended by CR, LF or CRLF. Empty lines are ignored. A line over 1,024 bytes is
 * one `malformed`, however long it runs; so is one that is cut off. Memory stays bounded by the longest line.
 */
export function createScannerLines(): (chunk: Uint8Array, nowMs: number) => ScannerEvent[] {
  let pending: number[] = [];
  let tooLong = false;
  let lastMs = 0;
  return (chunk, nowMs) => {
    const events: ScannerEvent[] = [];
    if ((pending.length > 0 || tooLong) && nowMs - lastMs > cutOffAfterMs) {
      if (!tooLong) events.push({ kind: 'malformed' });
      pending = [];
      tooLong = false;
    }
    lastMs = nowMs;
    for (const byte of chunk) {
      if (byte === 0x0d || byte === 0x0a) {
        if (pending.length > 0) events.push({ kind: 'line', text: String.fromCharCode(...pending) });
        pending = [];
        tooLong = false;
      } else if (!tooLong) {
        pending.push(byte);
        if (pending.length > maxLineBytes) {
          events.push({ kind: 'malformed' });
          pending = [];
          tooLong = true;
        }
      }
    }
    return events;
  };
}
