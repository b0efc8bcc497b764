/** What a PDF of ours shows, read by the operators in it and by nothing of the code that wrote it. */
const CODE_POINTS_PER_PIXEL = 0.25;

/** The texts of all pages, one a line, by the two encodings the file names. */
export function textOf(pdf: Buffer): string {
  const file = pdf.toString('latin1');
  return [...file.matchAll(/BT (.*?) ET/g)]
    .map(([, operators = '']) =>
      [...operators.matchAll(/\/(F[12]) [\d.]+ Tf <([0-9a-f]*)> Tj/g)]
        .map(([, font, hex = '']) => {
          const bytes = Buffer.from(hex, 'hex');
          return font === 'F2' ? bytes.toString('latin1') : bytes.swap16().toString('utf16le');
        })
        .join(''),
    )
    .join('\n');
}

/** The black boxes of the first page on a white ground, as a camera would see the code. */
export function boxesOf(pdf: Buffer): { pixels: Uint8ClampedArray; width: number } {
  const file = pdf.toString('latin1');
  const boxes = [...file.matchAll(/(?:^|\n)0 g\n([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f/g)].map(([, ...numbers]) =>
    numbers.map(Number),
  );
  const margin = 20;
  const left = Math.min(...boxes.map(([x = 0]) => x)) - margin;
  const bottom = Math.min(...boxes.map(([, y = 0]) => y)) - margin;
  const right = Math.max(...boxes.map(([x = 0, , w = 0]) => x + w)) + margin;
  const width = Math.ceil((right - left) / CODE_POINTS_PER_PIXEL);
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [x = 0, y = 0, w = 0, h = 0] of boxes)
    for (
      let py = Math.round((y - bottom) / CODE_POINTS_PER_PIXEL);
      py < Math.round((y + h - bottom) / CODE_POINTS_PER_PIXEL);
      py += 1
    )
      for (
        let px = Math.round((x - left) / CODE_POINTS_PER_PIXEL);
        px < Math.round((x + w - left) / CODE_POINTS_PER_PIXEL);
        px += 1
      ) {
        const at = ((width - 1 - py) * width + px) * 4;
        pixels.fill(0, at, at + 3);
      }
  return { pixels, width };
}
