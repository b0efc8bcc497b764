import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeLanes } from '../../src/domain/throttle/lane.js';
import { createThrottleStore } from '../../src/storage/throttle-store.js';
import { type IdpUnderTest, startIdp } from './support/idp-under-test.js';

const START_MS = Date.parse('2026-09-01T00:00:00Z');
let idp: IdpUnderTest;
let nowMs = START_MS;
let seat = 0;
beforeAll(async () => {
  idp = await startIdp();
});
afterAll(() => idp.close());

const store = (readMs: () => number) =>
  createThrottleStore(idp.database.run, {
    key: Buffer.alloc(32, 7),
    clock: { nowMs: readMs, nowSeconds: () => Math.floor(readMs() / 1_000) },
  });
const ofWallet = (network: string) => {
  seat += 1;
  return codeLanes({ kind: 'wallet', network, browser: `wallet ${seat}` });
};

describe('a whole campus behind one address', () => {
  it('is let in, sixty at the same moment, whatever clock each of them read first', async () => {
    // Each try reads a clock of its own, a moment before or after its neighbour's.
    const tries = Array.from({ length: 60 }, (_, n) => store(() => START_MS + ((n * 7) % 60)).take(ofWallet('north')));
    expect(new Set(await Promise.all(tries))).toEqual(new Set(['go']));
  });
  it('a try that read its clock before another was counted is not held up', async () => {
    const lanes = codeLanes({ kind: 'wallet', network: 'south', browser: 'one' });
    expect(await store(() => START_MS + 50).take(lanes)).toBe('go');
    expect(await store(() => START_MS).take(lanes)).toBe('go');
  });
});

describe('who goes on guessing', () => {
  const guess = async (lanes: ReturnType<typeof codeLanes>, times: number) => {
    const answers = [];
    for (let n = 0; n < times; n += 1) answers.push(await store(() => nowMs).take(lanes));
    return answers;
  };
  it.each([
    ['at the same moment', 0],
    ['by a clock that is behind', -40],
  ])('waits after five tries of one wallet [%s]', async (_, behindMs) => {
    nowMs = START_MS;
    const lanes = ofWallet(`guesser ${behindMs}`);
    expect(await guess(lanes, 5)).toEqual(['go', 'go', 'go', 'go', 'go']);
    nowMs += behindMs;
    expect((await guess(lanes, 1))[0]).toMatchObject({ waitSeconds: expect.any(Number) });
    nowMs = START_MS + 5_001;
    expect(await guess(lanes, 1)).toEqual(['go']);
  });
  it('waits after a hundred tries of one address with ever new wallets', async () => {
    nowMs = START_MS;
    for (let n = 0; n < 100; n += 1) expect(await store(() => nowMs).take(ofWallet('sprayer'))).toBe('go');
    expect(await store(() => nowMs).take(ofWallet('sprayer'))).toEqual({ waitSeconds: 1 });
    expect(await store(() => nowMs).take(ofWallet('elsewhere'))).toBe('go');
  });
});
