import { describe, expect, it } from 'vitest';
import { createRelayWatch } from '../../src/domain/relay-watch.js';
import { createDice } from '../support/tap-chaos.js';

/** Share of relayed taps that are noticed, at a reader whose cards answer in 12 to 20 ms and sometimes later. */
function noticed(addedMs: number, taps = 400): number {
  const dice = createDice(7);
  const watch = createRelayWatch();
  const answer = () => 12 + dice.next() * 8 + (dice.next() < 0.1 ? dice.next() * 80 : 0);
  const tap = (added: number) => watch.isSlow('gate', Math.min(...Array.from({ length: 4 }, () => answer() + added)));
  for (let i = 0; i < 20; i++) tap(0);
  let slow = 0;
  for (let i = 0; i < taps; i++) if (tap(addedMs)) slow += 1;
  return slow / taps;
}

describe('NFC relay: the answers of campus cards', () => {
  it('are called slow by how much a relay adds [0, 20, 60 and 100 ms an answer]', () => {
    const curve = [0, 20, 60, 100].map((ms) => noticed(ms));
    console.info(
      `relayed cards noticed at 0, 20, 60, 100 ms: ${curve.map((share) => `${Math.round(share * 100)} %`).join(', ')}`,
    );
    expect(curve[0]).toBe(0);
    expect(curve[2]).toBe(1);
    expect(curve[3]).toBe(1);
  });

  it('are not called slow before the reader has seen cards, nor taught to be slow by slow ones', () => {
    const watch = createRelayWatch();
    expect(watch.isSlow('gate', 500)).toBe(false);
    const other = createRelayWatch();
    for (let i = 0; i < 10; i++) other.isSlow('gate', 15);
    for (let i = 0; i < 100; i++) expect(other.isSlow('gate', 75)).toBe(true);
    expect(other.isSlow('gate', 16)).toBe(false);
    expect(other.isSlow('another gate', 75)).toBe(false);
  });
});
