/**
 * A picture in grey, each pixel the mean of its neighbourhood of nine: takes the noise of bad light away, which a
 * decoder that looks at single pixels takes for ink. Modules below three pixels wash out.
 */
export function smooth({ width, height, data }: ImageData): ImageData {
  const rows = new Uint16Array(width * height);
  for (let y = 0, at = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, at += 1) {
      const left = data[(at - (x > 0 ? 1 : 0)) * 4 + 1] ?? 0;
      const right = data[(at + (x < width - 1 ? 1 : 0)) * 4 + 1] ?? 0;
      rows[at] = left + (data[at * 4 + 1] ?? 0) + right;
    }
  const smoothed = new Uint8ClampedArray(data.length);
  const pixels = new Uint32Array(smoothed.buffer);
  for (let y = 0, at = 0; y < height; y += 1) {
    const above = y > 0 ? width : 0;
    const below = y < height - 1 ? width : 0;
    for (let x = 0; x < width; x += 1, at += 1) {
      const sum = (rows[at - above] ?? 0) + (rows[at] ?? 0) + (rows[at + below] ?? 0);
      // The same grey in three channels, opaque.
      pixels[at] = 0xff000000 | (Math.round(sum / 9) * 0x010101);
    }
  }
  return { width, height, data: smoothed, colorSpace: 'srgb' } as ImageData;
}
