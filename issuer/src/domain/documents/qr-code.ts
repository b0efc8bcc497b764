/**
 * QR codes of bytes (ISO/IEC 18004): versions 1 to 9, error correction M, so 180 bytes. A document's link is shorter, and a
 * code that small is read off a crumpled page.
 */
interface Version {
  readonly ecPerBlock: number;
  /** Data codewords of each block. */
  readonly blocks: readonly number[];
  /** Centres of the alignment patterns (annex E). */
  readonly centres: readonly number[];
}
const many = (count: number, size: number): number[] => Array.from({ length: count }, () => size);
/** Table 9, level M. */
const VERSIONS: readonly Version[] = [
  { ecPerBlock: 10, blocks: [16], centres: [] },
  { ecPerBlock: 16, blocks: [28], centres: [6, 18] },
  { ecPerBlock: 26, blocks: [44], centres: [6, 22] },
  { ecPerBlock: 18, blocks: many(2, 32), centres: [6, 26] },
  { ecPerBlock: 24, blocks: many(2, 43), centres: [6, 30] },
  { ecPerBlock: 16, blocks: many(4, 27), centres: [6, 34] },
  { ecPerBlock: 18, blocks: many(4, 31), centres: [6, 22, 38] },
  { ecPerBlock: 22, blocks: [...many(2, 38), ...many(2, 39)], centres: [6, 24, 42] },
  { ecPerBlock: 22, blocks: [...many(3, 36), ...many(2, 37)], centres: [6, 26, 46] },
];
const LEVEL_M = 0b00;
const MODE_BYTES = 0b0100;

/** Rows of modules, true where dark; without the quiet zone of four. @throws RangeError for more than 180 bytes */
export function qrCode(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const at = VERSIONS.findIndex(({ blocks }) => sum(blocks) >= bytes.length + 2);
  const version = VERSIONS[at];
  if (version === undefined) throw new RangeError('more than 180 bytes');
  const codewords = interleaved(dataOf(bytes, sum(version.blocks)), version);
  let best: { grid: boolean[][]; penalty: number } | undefined;
  for (let mask = 0; mask < 8; mask += 1) {
    const grid = draw(at + 1, version, codewords, mask);
    const penalty = penaltyOf(grid);
    if (best === undefined || penalty < best.penalty) best = { grid, penalty };
  }
  return best?.grid ?? [];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Mode, length, bytes, terminator and padding (§7.4). */
function dataOf(bytes: Uint8Array, capacity: number): number[] {
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let bit = count - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  put(MODE_BYTES, 4);
  put(bytes.length, 8);
  for (const byte of bytes) put(byte, 8);
  put(0, 4);
  const data = Array.from({ length: bits.length / 8 }, (_, byte) =>
    bits.slice(byte * 8, byte * 8 + 8).reduce((value, bit) => value * 2 + bit, 0),
  );
  for (let pad = 0xec; data.length < capacity; pad ^= 0xec ^ 0x11) data.push(pad);
  return data;
}

const EXP: number[] = [];
const LOG: number[] = [];
for (let power = 0, value = 1; power < 255; power += 1) {
  EXP[power] = value;
  LOG[value] = power;
  value = (value * 2) ^ (value >= 128 ? 0x11d : 0);
}
const times = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : (EXP[((LOG[a] ?? 0) + (LOG[b] ?? 0)) % 255] ?? 0);

/** Reed-Solomon remainder over GF(256) (§7.5). */
function correctionOf(data: readonly number[], count: number): number[] {
  let generator = [1];
  for (let root = 0; root < count; root += 1) {
    const next = [...generator, 0];
    for (const [place, factor] of generator.entries())
      next[place + 1] = (next[place + 1] ?? 0) ^ times(factor, EXP[root] ?? 0);
    generator = next;
  }
  const rest = many(count, 0);
  for (const byte of data) {
    const factor = byte ^ (rest.shift() ?? 0);
    rest.push(0);
    for (let place = 0; place < count; place += 1)
      rest[place] = (rest[place] ?? 0) ^ times(generator[place + 1] ?? 0, factor);
  }
  return rest;
}

/** Codewords of the blocks in turn (§7.6). */
function interleaved(data: readonly number[], { blocks, ecPerBlock }: Version): number[] {
  const parts = blocks.map((size, block) => {
    const from = sum(blocks.slice(0, block));
    return data.slice(from, from + size);
  });
  const corrections = parts.map((part) => correctionOf(part, ecPerBlock));
  const inTurn = (lists: readonly (readonly number[])[]): number[] =>
    Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, place) =>
      lists.flatMap((list) => list[place] ?? []),
    ).flat();
  return [...inTurn(parts), ...inTurn(corrections)];
}

const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

function draw(number: number, { centres }: Version, codewords: readonly number[], mask: number): boolean[][] {
  const size = 17 + 4 * number;
  /** Undefined where data goes. */
  const grid: (boolean | undefined)[][] = Array.from({ length: size }, () => Array.from({ length: size }));
  const set = (row: number, column: number, dark: boolean) => {
    const line = grid[row];
    if (line !== undefined && column >= 0 && column < size) line[column] = dark;
  };
  for (let at = 0; at < size; at += 1)
    for (const [r, c] of [
      [6, at],
      [at, 6],
    ] as const)
      set(r, c, at % 2 === 0);
  for (const [top, left] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ] as const)
    for (let r = -4; r <= 4; r += 1)
      for (let c = -4; c <= 4; c += 1) {
        const ring = Math.max(Math.abs(r), Math.abs(c));
        set(top + r, left + c, ring !== 2 && ring !== 4);
      }
  const last = size - 7;
  for (const row of centres)
    for (const column of centres) {
      if ((row === 6 && (column === 6 || column === last)) || (row === last && column === 6)) continue;
      for (let r = -2; r <= 2; r += 1)
        for (let c = -2; c <= 2; c += 1) set(row + r, column + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
    }
  putFormat(set, size, mask);
  if (number >= 7) putVersion(set, size, number);
  const bits = codewords.flatMap((word) => Array.from({ length: 8 }, (_, bit) => ((word >> (7 - bit)) & 1) === 1));
  let next = 0;
  for (const [row, column] of dataPlaces(grid, size)) {
    const bit = bits[next] ?? false;
    next += 1;
    set(row, column, bit !== (MASKS[mask]?.(row, column) ?? false));
  }
  return grid.map((line) => line.map((dark) => dark === true));
}

/** Two columns at a time from the right, up and down in turn, the timing column left out (§7.7.3). */
function dataPlaces(grid: readonly (readonly (boolean | undefined)[])[], size: number): [number, number][] {
  const places: [number, number][] = [];
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const row = up ? size - 1 - step : step;
      for (const column of [right, right - 1]) if (grid[row]?.[column] === undefined) places.push([row, column]);
    }
  }
  return places;
}

type Put = (row: number, column: number, dark: boolean) => void;

/** The remainder of a BCH code whose generator has `degree` bits after the first. */
function bch(value: number, generator: number, degree: number): number {
  let rest = value << degree;
  for (let bit = 31 - Math.clz32(rest); bit >= degree; bit = 31 - Math.clz32(rest)) {
    rest ^= generator << (bit - degree);
    if (rest === 0) break;
  }
  return rest;
}

function putFormat(set: Put, size: number, mask: number): void {
  const value = (LEVEL_M << 3) | mask;
  const bits = ((value << 10) | bch(value, 0x537, 10)) ^ 0x5412;
  const bit = (place: number) => ((bits >> place) & 1) === 1;
  for (let place = 0; place < 15; place += 1) {
    const row = place < 6 ? place : place < 8 ? place + 1 : size - 15 + place;
    set(row, 8, bit(place));
    const column = place < 8 ? size - 1 - place : place < 9 ? 7 : 14 - place;
    set(8, column, bit(place));
  }
  set(size - 8, 8, true);
}

function putVersion(set: Put, size: number, number: number): void {
  const bits = (number << 12) | bch(number, 0x1f25, 12);
  for (let place = 0; place < 18; place += 1) {
    const dark = ((bits >> place) & 1) === 1;
    const [long, short] = [Math.floor(place / 3), size - 11 + (place % 3)];
    set(long, short, dark);
    set(short, long, dark);
  }
}

/** Penalties of §7.8.3: runs, blocks, finder-like patterns, balance. */
function penaltyOf(grid: readonly (readonly boolean[])[]): number {
  const size = grid.length;
  const columns = Array.from({ length: size }, (_, c) => grid.map((line) => line[c] === true));
  let penalty = 0;
  for (const line of [...grid, ...columns]) {
    const text = line.map((dark) => (dark ? '1' : '0')).join('');
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) penalty += run.length - 2;
    for (let from = 0; from + 11 <= size; from += 1)
      if (['10111010000', '00001011101'].includes(text.slice(from, from + 11))) penalty += 40;
  }
  for (let r = 0; r + 1 < size; r += 1)
    for (let c = 0; c + 1 < size; c += 1) {
      const dark = grid[r]?.[c];
      if (dark === grid[r]?.[c + 1] && dark === grid[r + 1]?.[c] && dark === grid[r + 1]?.[c + 1]) penalty += 3;
    }
  const share = sum(grid.map((line) => line.filter(Boolean).length)) / (size * size);
  return penalty + 10 * Math.floor(Math.abs(share * 100 - 50) / 5);
}
