import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A mutating fuzzer: takes good documents apart in small ways and sees that a parser answers or refuses, and no more. */
export interface FuzzTarget {
  readonly name: string;
  /** Good documents to start from. */
  readonly seeds: readonly Uint8Array[];
  /** Parses one; whatever it throws has to be one of `refusals`. */
  readonly parse: (input: Uint8Array) => unknown;
  readonly refusals: readonly (abstract new (...parameters: never[]) => Error)[];
}

export interface FuzzResult {
  readonly runs: number;
  readonly accepted: number;
  readonly slowestMs: number;
  /** Of the heap, after collecting, from the first quarter of the time to its end. */
  readonly grewBytes: number;
}

/** Runs for so long; the same seed makes the same inputs. @throws FuzzFinding */
export async function fuzz(target: FuzzTarget, seconds: number, seed: number): Promise<FuzzResult> {
  const random = createRandom(seed);
  const pool = [...target.seeds];
  const endsMs = performance.now() + seconds * 1000;
  let [runs, accepted, slowestMs, paused] = [0, 0, 0, performance.now()];
  let settledBytes: number | undefined;
  while (performance.now() < endsMs) {
    const input = mutate(pool[random(pool.length)] ?? new Uint8Array(), pool, random);
    const beganMs = performance.now();
    try {
      const answer = target.parse(input);
      if (answer instanceof Promise) await answer;
      accepted += 1;
      // What was taken though it was changed is a better place to go on from.
      if (pool.length < 200) pool.push(input);
    } catch (error) {
      if (!target.refusals.some((refusal) => error instanceof refusal))
        throw new FuzzFinding(target.name, input, error);
    }
    slowestMs = Math.max(slowestMs, performance.now() - beganMs);
    runs += 1;
    if (performance.now() - paused > 200) {
      // The test runner wants to hear from its worker.
      await new Promise((resolve) => setImmediate(resolve));
      paused = performance.now();
      if (settledBytes === undefined && endsMs - paused < seconds * 750) settledBytes = heapBytes();
    }
  }
  return { runs, accepted, slowestMs, grewBytes: heapBytes() - (settledBytes ?? heapBytes()) };
}

/** An input that made a parser throw what it never should; the input stands in the message. */
export class FuzzFinding extends Error {
  constructor(name: string, input: Uint8Array, cause: unknown) {
    super(`${name}: ${String(cause)}\ninput (base64): ${Buffer.from(input).toString('base64')}`, { cause });
  }
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is still held: without collecting, what is only waiting to be collected counts too. */
function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** mulberry32: small, and the same everywhere. Answers whole numbers below `below`. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Bytes that mean something in JSON, base64url, CBOR or DER. */
const TELLING = [
  ...[0x00, 0x01, 0x7f, 0x80, 0xff, 0x18, 0x19, 0x1a, 0x1b, 0x1f, 0x3b, 0x5b, 0x5f, 0x7b, 0x9b, 0x9f, 0xbb, 0xbf],
  ...[
    0xc0, 0xd8, 0xf6, 0xf7, 0xfb, 0x30, 0x31, 0x82, 0x84, 0x22, 0x7b, 0x7d, 0x5d, 0x2c, 0x3a, 0x5c, 0x7e, 0x2e, 0x2d,
    0x5f,
  ],
];
const LARGEST = 65_536;

function mutate(seed: Uint8Array, pool: readonly Uint8Array[], random: (below: number) => number): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(seed);
  for (let changes = 1 + random(4); changes > 0; changes -= 1) {
    const at = random(bytes.length + 1);
    const length = 1 + random(random(4) === 0 ? 256 : 8);
    switch (random(8)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        if (at < bytes.length) bytes[at] = TELLING[random(TELLING.length)] ?? 0;
        break;
      case 2:
        bytes = join(bytes.subarray(0, at), bytes.subarray(at + length));
        break;
      case 3:
        bytes = join(bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at));
        break;
      case 4: {
        const other = pool[random(pool.length)] ?? bytes;
        const from = random(other.length + 1);
        bytes = join(bytes.subarray(0, at), other.subarray(from, from + length), bytes.subarray(at));
        break;
      }
      case 5:
        bytes = bytes.slice(0, at);
        break;
      case 6:
        // Nesting and lengths: what a parser recurses or allocates by.
        bytes = join(
          bytes.subarray(0, at),
          new Uint8Array(length).fill(TELLING[random(TELLING.length)] ?? 0),
          bytes.subarray(at),
        );
        break;
      default:
        if (at < bytes.length) bytes[at] = random(256);
    }
  }
  return bytes.length > LARGEST ? bytes.slice(0, LARGEST) : bytes;
}

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
