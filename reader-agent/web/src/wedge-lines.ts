/** What a key press says that does not depend on the keyboard layout or an input method. */
export interface WedgeKey {
  /** Physical key, `KeyboardEvent.code`. */
  readonly code: string;
  readonly shift: boolean;
  /** Ctrl, Alt or Meta: never part of a code. */
  readonly command: boolean;
  /** Milliseconds on any clock that only rises. */
  readonly atMs: number;
}

const longestGapMs = 60;
const shortestLine = 20;
const longestLine = 1_024;

/** Scanners type as on a US keyboard: the alphabet of base45 by physical key, without and with shift. */
const keys: Record<string, readonly [string, string]> = {
  Space: [' ', ' '],
  Minus: ['-', ''],
  Equal: ['', '+'],
  Period: ['.', ''],
  Slash: ['/', ''],
  Semicolon: ['', ':'],
  NumpadAdd: ['+', '+'],
  NumpadSubtract: ['-', '-'],
  NumpadMultiply: ['*', '*'],
  NumpadDivide: ['/', '/'],
  NumpadDecimal: ['.', '.'],
};
const shiftedDigits: Record<string, string> = { '4': '$', '5': '%', '8': '*' };

/**
 * Lines of a scanner that types like a keyboard: a burst of keys with no gap over 60 ms, ended by Enter or Tab. People
 * type slower and shorter, so their keys never make a line. Letters are upper case whatever Caps Lock says.
 */
export function createWedgeLines(): (key: WedgeKey) => string | undefined {
  let text = '';
  let lastMs = Number.NEGATIVE_INFINITY;
  return ({ code, shift, command, atMs }) => {
    if (code === 'ShiftLeft' || code === 'ShiftRight' || code === 'CapsLock') return undefined;
    if (atMs - lastMs > longestGapMs || command) text = '';
    lastMs = atMs;
    if (code === 'Enter' || code === 'NumpadEnter' || code === 'Tab') {
      const line = text;
      text = '';
      return line.length < shortestLine || line.length > longestLine ? undefined : line;
    }
    // One too long stays too long until it ends.
    if (!command && text.length <= longestLine) text += character(code, shift);
    return undefined;
  };
}

/** What is no character of a code becomes `?`, so that the line is refused and not silently mended. */
function character(code: string, shift: boolean): string {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter !== undefined) return letter;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  if (digit !== undefined) return shift && code.startsWith('Digit') ? (shiftedDigits[digit] ?? '?') : digit;
  return keys[code]?.[shift ? 1 : 0] || '?';
}
