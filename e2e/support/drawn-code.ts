import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const SCALE = 4;

/** Reads the QR code that a page draws as one SVG path of horizontal strokes, with the decoder the product uses too. */
export async function readDrawnCode(page: string): Promise<string> {
  const side = Number(/viewBox="0 0 (\d+) \d+"/.exec(page)?.[1] ?? 0);
  const path = /stroke="#000000" d="([^"]+)"/.exec(page)?.[1] ?? '';
  const pixels = new Uint8ClampedArray((side * SCALE) ** 2 * 4).fill(255);
  let [x, y] = [0, 0];
  for (const [, command, first, second] of path.matchAll(/([Mmh])(-?[\d.]+)(?:[ ,](-?[\d.]+))?/g)) {
    if (command === 'M') [x, y] = [Number(first), Math.floor(Number(second))];
    else if (command === 'm') [x, y] = [x + Number(first), y + Number(second)];
    else {
      fill(pixels, side, x, y, Number(first));
      x += Number(first);
    }
  }
  const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  prepareZXingModule({ overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length) } });
  const image = { data: pixels, width: side * SCALE, height: side * SCALE, colorSpace: 'srgb' } as ImageData;
  const [found] = await readBarcodes(image, { formats: ['QRCode'] });
  return found?.text ?? '';
}

function fill(pixels: Uint8ClampedArray, side: number, x: number, y: number, length: number): void {
  for (let row = y * SCALE; row < (y + 1) * SCALE; row += 1)
    for (let column = x * SCALE; column < (x + length) * SCALE; column += 1)
      pixels.fill(0, (row * side * SCALE + column) * 4, (row * side * SCALE + column) * 4 + 3);
}
