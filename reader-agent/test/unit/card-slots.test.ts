import { describe, expect, it } from 'vitest';
import { createCardSlots } from '../../src/adapters/readers/card-slots.js';
import { faultOf } from '../../src/adapters/readers/pcsc-binding.js';

const present = (count: number) => ((count << 16) | 0x20) >>> 0;
const empty = (count: number) => ((count << 16) | 0x10) >>> 0;
const atr = Uint8Array.of(0x3b);
/** Lets everything that was started come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp(connect: () => Promise<void> = async () => {}) {
  const said: string[] = [];
  const answers: ((answer: Buffer | Error) => void)[] = [];
  const timers: (() => void)[] = [];
  const slots = createCardSlots({
    binding: Promise.resolve({
      async connect() {
        await connect();
        return {
          transmit: () =>
            new Promise((resolve, reject) => {
              answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
            }),
          async disconnect() {
            said.push('disconnected');
          },
        };
      },
    }),
    stuckAfterMs: 1,
    after(_ms, run) {
      timers.push(run);
      return () => void timers.splice(timers.indexOf(run), 1);
    },
    on: {
      reader: (_reader, there) => said.push(there ? 'there' : 'away'),
      card: (_reader, id) => said.push(`card ${id}`),
      mute: () => said.push('mute'),
      gone: () => said.push('gone'),
      stuck: (_reader, stuck) => said.push(stuck ? 'stuck' : 'free'),
    },
  });
  return { slots, said, answers, timers };
}

describe('states of a reader become taps', () => {
  it('one for each insertion by the count of events [same state again] [taken away and laid back unseen]', async () => {
    const { slots, said } = setUp();
    slots.state('A', present(1), atr);
    await settled();
    slots.state('A', present(1), atr);
    await settled();
    slots.state('A', present(3), atr);
    await settled();
    expect(said).toEqual(['there', 'card 1', 'gone', 'disconnected', 'card 2']);
  });

  it('an end for a reader found empty, and none more while it stays so with a card in between', async () => {
    const { slots, said } = setUp();
    slots.state('A', empty(0), atr);
    slots.state('A', present(1), atr);
    await settled();
    slots.state('A', empty(2), atr);
    await settled();
    expect(said).toEqual(['there', 'gone', 'card 1', 'gone', 'disconnected']);
  });

  it('mute for a card that cannot be connected to, once', async () => {
    const { slots, said } = setUp(() => Promise.reject(new Error('Card is unresponsive')));
    slots.state('A', present(1), atr);
    await settled();
    slots.state('A', present(1), atr);
    await settled();
    expect(said).toEqual(['there', 'mute']);
  });

  it('nothing for a card that left while it was connected to', async () => {
    let connected = () => {};
    const { slots, said } = setUp(() => new Promise((resolve) => (connected = resolve)));
    slots.state('A', present(1), atr);
    await settled();
    slots.state('A', empty(2), atr);
    connected();
    await settled();
    expect(said.some((word) => word.startsWith('card'))).toBe(false);
    expect(said.at(-1)).toBe('disconnected');
  });

  it('no disconnect while a command is under way; stuck and free again as it comes back', async () => {
    const { slots, said, answers, timers } = setUp();
    slots.state('A', present(1), atr);
    await settled();
    const answer = slots.transmit('A', 1, Uint8Array.of(0));
    timers.at(-1)?.();
    slots.state('A', empty(2), atr);
    await settled();
    expect(said).toEqual(['there', 'card 1', 'stuck', 'gone']);
    answers[0]?.(new Error('Card was removed'));
    expect(await answer).toBe('card-gone');
    await settled();
    expect(said.slice(4)).toEqual(['free', 'disconnected']);
    expect(await slots.transmit('A', 1, Uint8Array.of(0))).toBe('card-gone');
  });

  it('an end and a farewell for a reader that vanishes under its card', async () => {
    const { slots, said } = setUp();
    slots.state('A', present(1), atr);
    await settled();
    slots.vanished('A');
    await settled();
    expect(said).toEqual(['there', 'card 1', 'gone', 'away', 'disconnected']);
  });
});

describe('errors of the bindings', () => {
  it.each([
    ['SCardTransmit error: Card was removed.(0x80100069)', 'card-gone'],
    ['Card was reset', 'card-gone'],
    ['Transaction failed', 'card-gone'],
    ['Insufficient buffer', 'answer-too-long'],
    ['SCardTransmit error: Insufficient buffer.(0x80100008)', 'answer-too-long'],
    ['PC/SC service stopped', 'reader-failed'],
    ['something nobody has seen', 'reader-failed'],
  ])('%s: %s', (text, code) => {
    expect(faultOf(new Error(text))).toBe(code);
    expect(faultOf(Object.assign(new Error('An error occurred.'), { previous: new Error(text) }))).toBe(code);
  });
});
