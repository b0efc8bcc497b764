import { describe, expect, it } from 'vitest';
import { createWakeBell } from '../../src/time/wake-bell.js';

const never = 2 ** 30;

describe('a bell', () => {
  it('wakes whoever waits', async () => {
    const bell = createWakeBell();
    const waiting = bell.wait(never, new AbortController().signal);
    bell.ring();
    await expect(waiting).resolves.toBeUndefined();
  });
  it('is not slept through when it rings between the look and the wait', async () => {
    const bell = createWakeBell();
    const heard = bell.rings;
    bell.ring();
    await expect(bell.wait(never, new AbortController().signal, heard)).resolves.toBeUndefined();
  });
  it('does not wake for a ring that was heard before', async () => {
    const bell = createWakeBell();
    bell.ring();
    const gone = new AbortController();
    let woke = false;
    const waiting = bell.wait(never, gone.signal, bell.rings).then(() => {
      woke = true;
    });
    await Promise.resolve();
    expect(woke).toBe(false);
    gone.abort();
    await waiting;
  });
});
