import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareQrReader, type ReadQrCodes } from '@lanyard/look/camera/read-qr-codes.js';
import { smooth } from '@lanyard/look/camera/smooth.js';
import { encodeBase45, gateCodePrefix } from '@lanyard/protocol';
import decoder from 'jsqr';
import { beforeAll, expect, it } from 'vitest';
import { HARD, type Level, pictureOf, randomOf, renderFrame, SOFT } from '../support/render-frame.js';

/** 1,000 codes, half of them hard; what nine pictures in a row do not give, a guard would wait for. */
const CODES = 500;
const FRAMES = 9;
/** The second decoder is slow, and made for clean pictures: it sees every fourth, smoothed. */
const SECOND_LOOKS_AT = 4;
// A CommonJS module whose types say that it is another kind.
const jsQR = decoder as never as typeof decoder.default;
let read: ReadQrCodes;

beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  read = await prepareQrReader(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length) as ArrayBuffer);
});

it.each<[string, Level, number]>([
  ['soft', SOFT, 0.99],
  ['hard', HARD, 0.95],
])(
  'reads rendered frames of gate codes within nine, and never another text; a second decoder agrees [%s]',
  async (name, level, wanted) => {
    let readWithin = 0;
    let frames = 0;
    let bothRead = 0;
    for (let index = 0; index < CODES; index += 1) {
      const random = randomOf(level.modulePx * 100_000 + index);
      const text = gateCodePrefix + encodeBase45(Uint8Array.from({ length: 89 }, () => Math.floor(random() * 256)));
      for (let frame = 0; frame < FRAMES; frame += 1) {
        frames += 1;
        const picture = pictureOf(renderFrame(text, level, random));
        const [found] = await read(picture);
        if (found === undefined) continue;
        expect(found).toBe(text);
        readWithin += 1;
        if (index % SECOND_LOOKS_AT === 0) {
          const { data } = smooth(picture);
          const other = jsQR(data, picture.width, picture.height, { inversionAttempts: 'dontInvert' });
          if (other !== null) {
            expect(other.data).toBe(found);
            bothRead += 1;
          }
        }
        break;
      }
    }
    console.info(
      `${name}: ${readWithin} of ${CODES} codes read, ${frames} frames; the second decoder read ${bothRead}`,
    );
    expect(readWithin / CODES).toBeGreaterThanOrEqual(wanted);
    expect(bothRead).toBeGreaterThan(CODES / SECOND_LOOKS_AT / 10);
  },
  600_000,
);
