import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLmdbKeptCards } from '../../src/adapters/lmdb-kept-cards.js';
import type { CardTap, CardTapResult } from '../../src/domain/card-check.js';
import { checkKeptCards } from '../../src/domain/check-kept-cards.js';

const tap = (n: number): CardTap => ({ id: `tap-${n}`, picc_data: 'AA', cmac: 'BB', key_version: 1, at: n });

/** Runs until the loop waits for the `rounds`-th time. */
async function run(options: { online: boolean[]; verdict: (tap: CardTap) => CardTapResult['verdict'] | 'lost' }) {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-kept-'));
  const kept = openLmdbKeptCards(folder);
  for (let n = 0; n < 20; n++) kept.keep(tap(n));
  const ending = new AbortController();
  const refused: string[] = [];
  const batches: number[] = [];
  let round = 0;
  await checkKeptCards({
    kept,
    isOnline: () => options.online[round] === true,
    async check(taps) {
      batches.push(taps.length);
      const verdicts = taps.map((one) => ({ id: one.id, verdict: options.verdict(one) }));
      if (verdicts.some(({ verdict }) => verdict === 'lost')) throw new TypeError('fetch failed');
      return verdicts.map(({ id, verdict }) => ({ id, verdict, reason: 'replayed' }) as unknown as CardTapResult);
    },
    onRefused: ({ id }) => void refused.push(id),
    async wait() {
      round += 1;
      if (round === options.online.length) ending.abort();
    },
    signal: ending.signal,
  });
  await kept.close();
  const again = openLmdbKeptCards(folder);
  const left = again.first(100).length;
  await again.close();
  rmSync(folder, { recursive: true, force: true });
  return { refused, batches, left };
}

describe('reads of cards that were let in without being asked about', () => {
  it('are looked at once the verifier is there, at most 16 at a time, and those it refuses are told', async () => {
    const verdict = ({ at }: CardTap) => (at === 3 ? 'rejected' : 'accepted');
    expect(await run({ online: [true], verdict })).toEqual({ refused: ['tap-3'], batches: [16, 4], left: 0 });
  });

  it('stay while nobody can be asked [cut off] [answer lost] [not decided]', async () => {
    expect(await run({ online: [false, false], verdict: () => 'accepted' })).toMatchObject({ batches: [], left: 20 });
    expect(await run({ online: [true], verdict: () => 'lost' })).toMatchObject({ left: 20, refused: [] });
    expect(await run({ online: [true], verdict: () => 'cannot-decide' })).toMatchObject({ left: 20, refused: [] });
  });
});
