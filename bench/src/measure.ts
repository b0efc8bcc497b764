import { createServer } from 'node:net';

/** One case: does `batch` operations and returns how many it did. */
export type Work = () => number;

export interface Figure {
  bench: string;
  subject_per_cpu_s: number;
  floor_per_cpu_s: number;
  ratio: number;
  note: string;
}

const ROUNDS = 9;
const ROUND_MS = 250;

/** Operations per second of CPU time (user and system) of this process. */
function perCpuSecond(work: Work): number {
  const before = process.cpuUsage();
  const began = performance.now();
  let done = 0;
  while (performance.now() - began < ROUND_MS) done += work();
  const used = process.cpuUsage(before);
  return done / ((used.user + used.system) / 1e6);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * Subject and floor in turns in one run, medians of each; the ratio is the median of the rounds' ratios, so that a
 * slow moment of the machine hits both. `floorUnits` is how many floor operations the bound counts for one subject.
 */
export function compare(
  bench: string,
  parts: { subject: Work; floor: Work; floorUnits?: number; note: string; prepare?: () => void },
): Figure {
  const units = parts.floorUnits ?? 1;
  parts.prepare?.();
  perCpuSecond(parts.subject);
  perCpuSecond(parts.floor);
  const subjects: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    subjects.push(perCpuSecond(parts.subject));
    floors.push(perCpuSecond(parts.floor) / units);
  }
  const ratio = median(subjects.map((value, index) => value / (floors[index] ?? 1)));
  return {
    bench,
    subject_per_cpu_s: Math.round(median(subjects)),
    floor_per_cpu_s: Math.round(median(floors)),
    ratio: round3(ratio),
    note: parts.note,
  };
}

export const round3 = (value: number) => Math.round(value * 1000) / 1000;

/** One JSON line per figure, as soon as it is known. */
export function print(figure: object): void {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}

/** Wall time of the work, seconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** A port nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, 'localhost', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
