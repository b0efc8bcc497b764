import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodeLanes, codeLanes } from '../../src/domain/throttle/lane.js';
import { tryCode } from '../../src/http/try-code.js';
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

/** A try of somebody with a right code, or of somebody who guesses. */
const attempt = (throttle: ReturnType<typeof store>, lanes: CodeLanes, isRight: boolean) =>
  tryCode(throttle, lanes, async () => (isRight ? 'account' : undefined));
const IN = { is: 'right', value: 'account' };

describe('a whole campus behind one address', () => {
  it('is let in, sixty at the same moment, whatever clock each of them read first', async () => {
    // Each try reads a clock of its own, a moment before or after its neighbour's.
    const tries = Array.from({ length: 60 }, (_, n) =>
      attempt(
        store(() => START_MS + ((n * 7) % 60)),
        ofWallet('north'),
        true,
      ),
    );
    for (const answer of await Promise.all(tries)) expect(answer).toEqual(IN);
  });
  it('a try that read its clock before another was counted is not held up', async () => {
    const lanes = codeLanes({ kind: 'wallet', network: 'south', browser: 'one' });
    expect(
      await attempt(
        store(() => START_MS + 50),
        lanes,
        false,
      ),
    ).toEqual({ is: 'wrong' });
    expect(
      await attempt(
        store(() => START_MS),
        lanes,
        true,
      ),
    ).toEqual(IN);
  });
  it('is not held up by one of them who guesses all day', async () => {
    nowMs = START_MS;
    for (let n = 0; n < 130; n += 1)
      await attempt(
        store(() => nowMs),
        ofWallet('east'),
        false,
      );
    expect(
      await attempt(
        store(() => nowMs),
        ofWallet('east'),
        false,
      ),
    ).toMatchObject({ is: 'too-many' });
    for (let n = 0; n < 30; n += 1)
      expect(
        await attempt(
          store(() => nowMs),
          ofWallet('east'),
          true,
        ),
      ).toEqual(IN);
  });
});

describe('who goes on guessing', () => {
  const guess = async (lanes: CodeLanes, times: number) => {
    const answers = [];
    for (let n = 0; n < times; n += 1)
      answers.push(
        (
          await attempt(
            store(() => nowMs),
            lanes,
            false,
          )
        ).is,
      );
    return answers;
  };
  it.each([
    ['at the same moment', 0],
    ['by a clock that is behind', -40],
  ])('waits after five tries of one wallet, with a right code too [%s]', async (_, behindMs) => {
    nowMs = START_MS;
    const lanes = ofWallet(`guesser ${behindMs}`);
    expect(await guess(lanes, 5)).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'wrong']);
    nowMs += behindMs;
    expect(await guess(lanes, 1)).toEqual(['too-many']);
    expect(
      await attempt(
        store(() => nowMs),
        lanes,
        true,
      ),
    ).toMatchObject({ is: 'too-many' });
    nowMs = START_MS + 5_001;
    expect(await guess(lanes, 1)).toEqual(['wrong']);
  });
  it('waits after a hundred tries of one address with ever new wallets, and elsewhere does not', async () => {
    nowMs = START_MS;
    for (let n = 0; n < 100; n += 1) expect(await guess(ofWallet('sprayer'), 1)).toEqual(['wrong']);
    expect(
      await attempt(
        store(() => nowMs),
        ofWallet('sprayer'),
        false,
      ),
    ).toEqual({ is: 'too-many', waitSeconds: 1 });
    expect(await guess(ofWallet('elsewhere'), 1)).toEqual(['wrong']);
  });
});
