import { describe, expect, it } from 'vitest';
import { createBatch } from '../../src/time/create-batch.js';

describe('a batch', () => {
  it('runs calls of one turn together and answers each its own', async () => {
    const batches: (readonly number[])[] = [];
    const double = createBatch(async (items: readonly number[]) => {
      batches.push(items);
      return items.map((item) => item * 2);
    });
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 2, 3]]);
  });
  it('begins a call’s work after the call: what comes while one runs waits for the next', async () => {
    const batches: (readonly string[])[] = [];
    let late: Promise<string> | undefined;
    const ask = createBatch(async (items: readonly string[]) => {
      batches.push(items);
      late ??= ask('late');
      return items;
    });
    await ask('first');
    expect(await late).toBe('late');
    expect(batches).toEqual([['first'], ['late']]);
  });
  it('fails together, and goes on afterwards', async () => {
    let broken = true;
    const ask = createBatch(async (items: readonly number[]) => {
      if (broken) throw new Error('away');
      return items;
    });
    const failed = await Promise.allSettled([ask(1), ask(2)]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    broken = false;
    expect(await ask(3)).toBe(3);
  });
  it('is never larger than 500', async () => {
    const sizes: number[] = [];
    const ask = createBatch(async (items: readonly number[]) => {
      sizes.push(items.length);
      return items;
    });
    await Promise.all(Array.from({ length: 1_100 }, (_, n) => ask(n)));
    expect(sizes).toEqual([500, 500, 100]);
  });
});
