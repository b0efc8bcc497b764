/** Switches a channel of a serial relay board of the LCUS kind: start, channel, state, sum of the three. */
export function relayFrame(channel: number, energised: boolean): Uint8Array {
  if (!Number.isInteger(channel) || channel < 1 || channel > 16) throw new RangeError('channel');
  const state = energised ? 1 : 0;
  return Uint8Array.of(0xa0, channel, state, (0xa0 + channel + state) & 0xff);
}
