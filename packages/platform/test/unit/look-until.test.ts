import { describe, expect, it } from 'vitest';
import { lookUntil } from '../../src/time/look-until.js';
import { createWakeBell } from '../../src/time/wake-bell.js';

const long = { untilMs: 2 ** 30, nowMs: () => 0 };

describe('a long poll', () => {
  it('answers at once what is enough', async () => {
    const poll = { ...long, bell: createWakeBell(), signal: new AbortController().signal };
    expect(await lookUntil({ ...poll, look: () => 7, isEnough: () => true })).toBe(7);
  });

  it('looks again at each ring, also at one that came during a look', async () => {
    const bell = createWakeBell();
    let looks = 0;
    const found = lookUntil({
      ...{ ...long, bell, signal: new AbortController().signal },
      look: async () => {
        looks += 1;
        // Changed and rung for after this look has read, before it waits.
        if (looks === 1) bell.ring();
        return looks;
      },
      isEnough: (count) => count === 3,
    });
    await new Promise((resolve) => setImmediate(resolve));
    bell.ring();
    expect(await found).toBe(3);
  });

  it('answers what it found last when its time is over, the client is gone, or the looked-for ends by itself', async () => {
    const bell = createWakeBell();
    const { signal } = new AbortController();
    const none = { bell, look: () => 'nothing', isEnough: () => false };
    expect(await lookUntil({ ...none, untilMs: 0, nowMs: () => 0, signal })).toBe('nothing');
    expect(await lookUntil({ ...none, ...long, signal: AbortSignal.abort() })).toBe('nothing');
    let nowMs = 0;
    const ending = lookUntil({
      ...{ bell, look: () => nowMs, isEnough: (at: number) => at > 0, untilMs: 2 ** 30, nowMs: () => nowMs, signal },
      lookAgainMs: () => 1,
    });
    nowMs = 5;
    expect(await ending).toBe(5);
  });
});
