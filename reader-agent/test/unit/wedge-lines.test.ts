import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWedgeLines, type WedgeKey } from '../../web/src/wedge-lines.js';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const code = 'LYG1:6BFOXN$%*+-./: 0123456789ABCXYZ';

function keyOf(character: string): Pick<WedgeKey, 'code' | 'shift'> {
  if (/[A-Z]/.test(character)) return { code: `Key${character}`, shift: true };
  if (/\d/.test(character)) return { code: `Digit${character}`, shift: false };
  const found = {
    ...{ ' ': ['Space', false], $: ['Digit4', true], '%': ['Digit5', true], '*': ['Digit8', true] },
    ...{ '+': ['Equal', true], '-': ['Minus', false], '.': ['Period', false], '/': ['Slash', false] },
    ':': ['Semicolon', true],
  }[character] as [string, boolean];
  return { code: found[0], shift: found[1] };
}
/** Types a text with so many milliseconds between keys; what came out as lines. */
function type(text: string, gapMs = 5, end = 'Enter', lines = createWedgeLines()): string[] {
  let atMs = 1_000;
  const out: string[] = [];
  const press = (key: Pick<WedgeKey, 'code' | 'shift'>) => {
    const line = lines({ ...key, command: false, atMs });
    if (line !== undefined) out.push(line);
  };
  for (const character of text) {
    const key = keyOf(character);
    if (key.shift) press({ code: 'ShiftLeft', shift: true });
    press(key);
    atMs += gapMs;
  }
  press({ code: end, shift: false });
  return out;
}

describe('a scanner that types', () => {
  it('gives every text of the alphabet of base45 as it was printed', () => {
    const text = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 20, maxLength: 300 });
    fc.assert(
      fc.property(text, (printed) => {
        expect(type(printed)).toEqual([printed]);
      }),
    );
  });

  it.each(['Enter', 'NumpadEnter', 'Tab'])('ends its line with %s', (end) => {
    expect(type(code, 5, end)).toEqual([code]);
  });

  it('is not a person [slow typing] [a pause inside] [short] [keyboard commands]', () => {
    expect(type(code, 90)).toEqual([]);
    const lines = createWedgeLines();
    expect(type(code.slice(0, 15), 5, 'KeyA', lines)).toEqual([]);
    expect(lines({ code: 'Enter', shift: false, command: false, atMs: 9_000 })).toBeUndefined();
    expect(type('LYG1:SHORT')).toEqual([]);
    expect(createWedgeLines()({ code: 'KeyR', shift: false, command: true, atMs: 1 })).toBeUndefined();
  });

  it('gives no line that is too long, and the next one again', () => {
    const lines = createWedgeLines();
    expect(type('A'.repeat(1_025), 1, 'Enter', lines)).toEqual([]);
    expect(type(code, 1, 'Enter', lines)).toEqual([code]);
  });

  it('marks what is no character of a code, so that the code is refused and not mended [shifted digit] [comma]', () => {
    const lines = createWedgeLines();
    let line: string | undefined;
    const press = (pressed: string, shift = false) => {
      line = lines({ code: pressed, shift, command: false, atMs: 1 });
    };
    for (const character of code) press(keyOf(character).code, keyOf(character).shift);
    press('Digit1', true);
    press('Comma');
    press('Enter');
    expect(line).toBe(`${code}??`);
  });
});
