import QRCode from 'qrcode';

/** How a camera sees a code: in pixels, radians and grey levels of 255. */
export interface Level {
  readonly modulePx: number;
  readonly turn: number;
  /** How far the far edge may be shortened: 0.2 is a fifth. */
  readonly tilt: number;
  readonly blurPx: number;
  readonly noise: number;
  readonly ink: number;
  readonly paper: number;
  /** From one side of the picture to the other. */
  readonly gradient: number;
}

/** A code on a bright phone, held well. */
export const SOFT: Level = {
  ...{ modulePx: 7, turn: 0.26, tilt: 0.12, blurPx: 0.8, noise: 8 },
  ...{ ink: 45, paper: 225, gradient: 20 },
};
/** A dim phone in bad light, held askew, at the edge of what the sensor resolves. */
export const HARD: Level = {
  ...{ modulePx: 5, turn: 0.7, tilt: 0.3, blurPx: 1.6, noise: 18 },
  ...{ ink: 95, paper: 165, gradient: 50 },
};

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8ClampedArray;
}

const WIDTH = 420;
const HEIGHT = 360;
const QUIET = 4;

/** Random numbers of a seed, below 1 (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One frame of a camera that looks at `text`, as the wallet draws it: error correction L, four modules of quiet. */
export function renderFrame(text: string, level: Level, random: () => number): Frame {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'L' });
  const between = (from: number, to: number) => from + (to - from) * random();
  const side = modules.size + 2 * QUIET;
  const angle = between(-level.turn, level.turn);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // Tilt as the last row of the homography from the picture back to the code.
  const [tiltX, tiltY] = [between(-level.tilt, level.tilt), between(-level.tilt, level.tilt)];
  const scale = 1 / level.modulePx;
  const [centreX, centreY] = [WIDTH / 2 + between(-8, 8), HEIGHT / 2 + between(-8, 8)];
  const isDark = (x: number, y: number) => {
    const [column, row] = [Math.floor(x) - QUIET, Math.floor(y) - QUIET];
    const inside = column >= 0 && row >= 0 && column < modules.size && row < modules.size;
    return inside && modules.get(row, column) === 1;
  };
  const light = new Float32Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y += 1)
    for (let x = 0; x < WIDTH; x += 1) {
      let sum = 0;
      for (const [offsetX, offsetY] of SAMPLES) {
        const [dx, dy] = [x + offsetX - centreX, y + offsetY - centreY];
        const depth = 1 + (tiltX * dx) / WIDTH + (tiltY * dy) / HEIGHT;
        const u = ((cos * dx + sin * dy) * scale) / depth + side / 2;
        const v = ((cos * dy - sin * dx) * scale) / depth + side / 2;
        const onPhone = u >= -2 && v >= -2 && u < side + 2 && v < side + 2;
        sum += !onPhone ? 60 : isDark(u, v) ? level.ink : level.paper;
      }
      light[y * WIDTH + x] = sum / SAMPLES.length + level.gradient * (x / WIDTH - 0.5);
    }
  return { width: WIDTH, height: HEIGHT, grey: withNoise(blurred(light, level.blurPx), level.noise, random) };
}

const SAMPLES = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.25, 0.75],
  [0.75, 0.75],
] as const;

/** Gaussian blur, row by row and then column by column. */
function blurred(light: Float32Array, sigma: number): Float32Array {
  const radius = Math.ceil(2.5 * sigma);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, index) =>
    Math.exp(-((index - radius) ** 2) / 2 / sigma ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const pass = (from: Float32Array, step: number, position: (index: number) => number, length: number) => {
    const to = new Float32Array(from.length);
    for (let index = 0; index < from.length; index += 1) {
      const at = position(index);
      let sum = 0;
      for (let offset = -radius; offset <= radius; offset += 1) {
        const shift = Math.min(length - 1, Math.max(0, at + offset)) - at;
        sum += (from[index + shift * step] ?? 0) * (weights[offset + radius] ?? 0);
      }
      to[index] = sum / total;
    }
    return to;
  };
  const rows = pass(light, 1, (index) => index % WIDTH, WIDTH);
  return pass(rows, WIDTH, (index) => Math.floor(index / WIDTH), HEIGHT);
}

function withNoise(light: Float32Array, sigma: number, random: () => number): Uint8ClampedArray {
  const grey = new Uint8ClampedArray(light.length);
  for (let index = 0; index < light.length; index += 2) {
    // Two normal numbers of two even ones (Box and Muller).
    const [radius, angle] = [sigma * Math.sqrt(-2 * Math.log(1 - random())), 2 * Math.PI * random()];
    grey[index] = (light[index] ?? 0) + radius * Math.cos(angle);
    grey[index + 1] = (light[index + 1] ?? 0) + radius * Math.sin(angle);
  }
  return grey;
}

/** The frame as a browser hands it to a decoder. */
export function pictureOf({ width, height, grey }: Frame): ImageData {
  const pixels = Uint32Array.from(grey, (value) => 0xff000000 | (value * 0x010101));
  return { width, height, data: new Uint8ClampedArray(pixels.buffer), colorSpace: 'srgb' } as ImageData;
}
