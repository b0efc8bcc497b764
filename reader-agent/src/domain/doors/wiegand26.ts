/**
 * The 26 bits of the open format H10301, first bit first: even parity over the first 12 data bits, facility code (8),
 * card number (16), odd parity over the last 12. Wiegand is one-way, unsupervised and easily copied from its wires:
 * it opens a controller that takes nothing else.
 */
export function wiegand26(facility: number, card: number): string {
  if (!isWithin(facility, 0xff) || !isWithin(card, 0xffff)) throw new RangeError('facility or card number');
  const data = facility.toString(2).padStart(8, '0') + card.toString(2).padStart(16, '0');
  const even = ones(data.slice(0, 12)) % 2;
  const odd = 1 - (ones(data.slice(12)) % 2);
  return `${even}${data}${odd}`;
}

/** Bits as ASCII for a serial line to Wiegand converter, ended by CR LF. */
export function wiegandLine(bits: string): Uint8Array {
  return Uint8Array.from(`${bits}\r\n`, (sign) => sign.charCodeAt(0));
}

const ones = (bits: string): number => bits.replaceAll('0', '').length;
const isWithin = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max;
