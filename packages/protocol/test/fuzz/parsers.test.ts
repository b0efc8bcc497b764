import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fuzz } from './fuzz.js';
import { targets } from './targets.js';

/** 30 s each by default; `npm run proof fuzz` gives ten minutes. */
const SECONDS = Number(process.env['LANYARD_FUZZ_SECONDS'] ?? 30);
/** What no hostile input may take, on a machine that is busy too. */
const SLOWEST_MS = 2_500;
const GROWTH_BYTES = 64 * 1024 * 1024;

it.each(targets.map((target) => [target.name, target] as const))(
  'answers or refuses whatever it is given, without crash, hang or growth [%s]',
  async (name, target) => {
    // Other inputs at each run of a proof, the same ones in the tests.
    const seed = process.env['LANYARD_FUZZ_SECONDS'] === undefined ? 1 : Date.now();
    const result = await fuzz(target, SECONDS, seed);
    expect(result.runs).toBeGreaterThan(SECONDS * 50);
    expect(result.slowestMs).toBeLessThan(SLOWEST_MS);
    expect(result.grewBytes).toBeLessThan(GROWTH_BYTES);
    keep(name, { seed, ...result });
  },
  SECONDS * 1000 + 30_000,
);

function keep(name: string, result: object): void {
  const out = process.env['LANYARD_PROOF_OUT'];
  if (out === undefined) return;
  const before = existsSync(out) ? (JSON.parse(readFileSync(out, 'utf8')) as { parsers: object }) : { parsers: {} };
  writeFileSync(out, JSON.stringify({ rounds: SECONDS, parsers: { ...before.parsers, [name]: result } }));
}
