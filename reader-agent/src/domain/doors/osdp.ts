/** Command codes of OSDP (SIA OSDP 2.2, IEC 60839-11-5). */
export const osdpCommand = { poll: 0x60, id: 0x61, output: 0x68, led: 0x69 } as const;

const startOfMessage = 0x53;
const withCrc = 0x04;

/** CRC-16 of OSDP (annex C): polynomial 0x1021, start 0x1D0F, not reflected. */
export function crc16(bytes: Iterable<number>): number {
  let crc = 0x1d0f;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}

/**
 * One packet from a control panel, in the clear and with CRC: start, address (0 to 126), length, control, command, data.
 * `sequence` is 0 for the first packet after a reset, then 1, 2, 3, 1 and so on.
 */
export function osdpPacket(packet: {
  readonly address: number;
  readonly sequence: number;
  readonly command: number;
  readonly data?: readonly number[];
}): Uint8Array {
  const { address, sequence, command, data = [] } = packet;
  if (address < 0 || address > 0x7f || sequence < 0 || sequence > 3) throw new RangeError('address or sequence');
  const length = 8 + data.length;
  const head = [startOfMessage, address, length & 0xff, length >> 8, withCrc | sequence, command, ...data];
  const crc = crc16(head);
  return Uint8Array.of(...head, crc & 0xff, crc >> 8);
}

/** Control codes of an output. */
export const osdpOutputCode = {
  offForGood: 1,
  onForGood: 2,
  offAllowingTimed: 3,
  onAllowingTimed: 4,
  onForATime: 5,
  offForATime: 6,
} as const;

/** Data of osdp_OUT for one output: `tenths` is the time of a timed code in 100 ms. */
export function osdpOutput(output: number, code: number, tenths = 0): number[] {
  return [output, code, tenths & 0xff, (tenths >> 8) & 0xff];
}

/**
 * Data of osdp_LED for one light. Times are in 100 ms; mode 2 sets, 0 leaves the temporary state alone. Colours: 0 off,
 * 1 red, 2 green, 3 amber, 4 blue, 5 magenta, 6 cyan, 7 white.
 */
export function osdpLed(led: {
  readonly reader: number;
  readonly led: number;
  readonly temporary: {
    readonly mode: number;
    readonly on: number;
    readonly off: number;
    readonly onColour: number;
    readonly offColour: number;
    readonly tenths: number;
  };
  readonly permanent: {
    readonly mode: number;
    readonly on: number;
    readonly off: number;
    readonly onColour: number;
    readonly offColour: number;
  };
}): number[] {
  const { temporary: t, permanent: p } = led;
  return [
    ...[led.reader, led.led, t.mode, t.on, t.off, t.onColour, t.offColour, t.tenths & 0xff, (t.tenths >> 8) & 0xff],
    ...[p.mode, p.on, p.off, p.onColour, p.offColour],
  ];
}
