import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScannerLines, maxLineBytes, type ScannerEvent } from '../../src/domain/scanner-lines.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const line = (text: string): ScannerEvent => ({ kind: 'line', text });

describe('lines of a serial scanner', () => {
  it.each([
    ['CR', '\r'],
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('end with [%s]', (_, end) => {
    expect(createScannerLines()(bytes(`ABC${end}DEF${end}`), 0)).toEqual([line('ABC'), line('DEF')]);
  });

  it('are the same however they arrive in pieces', () => {
    const text = fc.stringMatching(/^[A-Z0-9:%/+ -]{1,200}$/);
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (texts, sizes) => {
          const all = bytes(`${texts.join('\r\n')}\r\n`);
          const read = createScannerLines();
          const events: ScannerEvent[] = [];
          for (let at = 0; at < all.length; ) {
            const size = sizes.next().value as number;
            events.push(...read(all.subarray(at, at + size), 0));
            at += size;
          }
          expect(events).toEqual(texts.map(line));
        },
      ),
    );
  });

  it('never throw, and no line is longer than the limit [any bytes]', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 6 }), (chunks) => {
        const read = createScannerLines();
        for (const event of chunks.flatMap((chunk) => read(chunk, 0))) {
          if (event.kind === 'line') expect(event.text.length).toBeLessThanOrEqual(maxLineBytes);
        }
      }),
    );
  });

  it('are one malformed when too long, and the next line is read', () => {
    const events = createScannerLines()(bytes(`${'A'.repeat(9_000)}\nB\n`), 0);
    expect(events).toEqual([{ kind: 'malformed' }, line('B')]);
  });

  it('are malformed when cut off, and do not spoil the next [after 1 s]', () => {
    const read = createScannerLines();
    expect(read(bytes('LYG1:HALF'), 0)).toEqual([]);
    expect(read(bytes('WHOLE\n'), 1_001)).toEqual([{ kind: 'malformed' }, line('WHOLE')]);
  });

  it('go on within a second [slow scanner]', () => {
    const read = createScannerLines();
    read(bytes('HA'), 0);
    expect(read(bytes('LF\n'), 900)).toEqual([line('HALF')]);
  });
});
