import decoder from 'jsqr';

// Its type file and Node disagree about where the function lies.
const decode = decoder as never as typeof decoder.default;

/** What a QR code on a square picture (RGBA) says, by a decoder that is not ours. */
export const readCode = (pixels: Uint8ClampedArray, width: number): string | undefined =>
  decode(pixels, width, width)?.data;
