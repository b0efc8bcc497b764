import { describe, expect, it } from 'vitest';
import { createReplayMemory } from '../../../src/index.js';
import { seeded } from '../../fixtures.js';

const code = seeded('code', 41);
const show = (nowSeconds: number, readerId = 'gate-1', replayKey = code) => ({
  replayKey,
  untilSeconds: 1105,
  readerId,
  nowSeconds,
});

describe('replay memory (formats.md §5)', () => {
  it('takes a code once', () => {
    const memory = createReplayMemory();
    expect(memory.present(show(1000))).toBe('first');
    expect(memory.present(show(1003))).toBe('replayed');
  });

  it('keeps the verdict of a code that stays in view of the same reader', () => {
    const memory = createReplayMemory();
    memory.present(show(1000));
    for (let t = 1001.5; t <= 1009; t += 1.5) expect(memory.present(show(t))).toBe('same-presentation');
  });

  it.each([
    ['after a gap over 1.5 s', show(1001.6), 'replayed'],
    ['at another reader at once', show(1000.1, 'gate-2'), 'replayed'],
    ['on a clock that went back', show(999), 'replayed'],
    ['another code of the same second', show(1000, 'gate-1', seeded('other code', 41)), 'first'],
  ])('tells a second showing [%s]', (_, input, outcome) => {
    const memory = createReplayMemory();
    memory.present(show(1000));
    expect(memory.present(input)).toBe(outcome);
  });

  it('does not turn a replay into a presentation by showing it on and on', () => {
    const memory = createReplayMemory();
    memory.present(show(1000));
    for (let t = 1002; t < 1004; t += 0.5) expect(memory.present(show(t))).toBe('replayed');
  });

  it('knows what was restored after a restart as shown before', () => {
    const memory = createReplayMemory();
    memory.restore(code, 1105);
    expect(memory.present(show(1000))).toBe('replayed');
  });

  it('forgets a code once it could not be accepted anyway, and not before', () => {
    const memory = createReplayMemory();
    memory.present(show(1000));
    memory.present(show(1105, 'gate-1', seeded('b', 41)));
    expect(memory.size).toBe(2);
    memory.present({ ...show(1107, 'gate-1', seeded('c', 41)), untilSeconds: 1300 });
    expect(memory.size).toBe(1);
  });
});
