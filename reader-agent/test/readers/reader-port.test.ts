import { randomBytes } from 'node:crypto';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bindingNames } from '../../src/adapters/readers/pcsc-binding.js';
import { superviseReaders } from '../../src/adapters/readers/supervised-readers.js';
import type { CardFault } from '../../src/domain/reader-port.js';
import { tapEvents } from '../support/tap-events.js';
import { until } from '../support/until.js';
import type { Behaviour, CardSpec } from '../support/virtual-reader/card-spec.js';
import { startCards } from '../support/virtual-reader/cards.js';
import { startVirtualReaders, type VirtualReaders } from '../support/virtual-reader/daemon.js';

/** The compiled one: a child process runs no TypeScript. */
const childModule = pathToFileURL(fileURLToPath(new URL('../../dist/adapters/readers/child-main.js', import.meta.url)));
const selectNdef = Buffer.from('00a4040c07d276000085010100', 'hex');
const recoveryMs = 2_000;
/** For the time it takes to be seen from here, on two busy cores. */
const slackMs = 1_500;
const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const card = (behaviour?: Behaviour): CardSpec => ({ kind: 'campus-card', uid, ...(behaviour ? { behaviour } : {}) });

describe.each(bindingNames)('card readers through %s', (binding) => {
  let daemon: VirtualReaders;
  let cards: ReturnType<typeof startCards>;
  let port: ReturnType<typeof superviseReaders>;
  let events: ReturnType<typeof tapEvents>;
  const restarts: string[] = [];

  const open = async (readers: readonly string[] | 'all' = 'all') => {
    port = superviseReaders({ binding, readers, childModule, onRestart: (why) => restarts.push(why) });
    events = tapEvents(port);
  };
  const working = (count = 2) =>
    until(() => port.health.state === 'working' && port.health.readers.length === count, recoveryMs + slackMs);
  const lay = (spec: CardSpec, reader = 0) => cards.make(spec).tap(daemon.readers[reader]!.socket);
  const faultOf = (call: Promise<unknown>) => call.then(String, (fault: CardFault) => fault.code);
  /** One good tap from end to end. */
  const tapWorks = async (reader = 0) => {
    const tap = await lay(card(), reader);
    const shown = await events.card();
    expect(Buffer.from(await shown.transmit(selectNdef, 1_000)).toString('hex')).toBe('9000');
    await tap.remove();
    await events.gone();
    return shown;
  };

  beforeAll(async () => {
    daemon = await startVirtualReaders(2);
    cards = startCards();
  });
  afterAll(async () => {
    cards.stop();
    await daemon.stop();
  });
  beforeEach(async () => {
    await open();
    await working();
  });
  afterEach(() => port.close());

  it('tell of a card with its ATR, carry commands to it and answers back, tell when it is gone', async () => {
    const shown = await tapWorks();
    expect(shown.reader.startsWith('Lanyard Virtual A')).toBe(true);
    expect(Buffer.from(shown.atr).toString('hex')).toBe('3b86800106757781028000');
    expect(await faultOf(shown.transmit(selectNdef, 1_000))).toBe('card-gone');
  });

  it('send what is asked first before it is asked for, once, and answer nothing else with it', async () => {
    await port.close();
    port = superviseReaders({ binding, readers: 'all', childModule, onRestart: () => {}, opening: selectNdef });
    events = tapEvents(port);
    await working();
    const tap = await lay(card());
    const shown = await events.card();
    expect(Buffer.from(await shown.transmit(selectNdef, 1_000)).toString('hex')).toBe('9000');
    expect(await tap.remove()).toBe(1);
    await events.gone();
    const other = await lay(card());
    const second = await events.card();
    const unknown = Buffer.from('00a4040c07d276000085010200', 'hex');
    expect(Buffer.from(await second.transmit(unknown, 1_000)).toString('hex')).not.toBe('9000');
    expect(await other.remove()).toBe(2);
    await events.gone();
    const torn = await lay(card({ tearAt: 1 }));
    expect(await faultOf((await events.card()).transmit(selectNdef, 1_000))).toBe('card-gone');
    await torn.out;
  });

  it('lose no tap [150 in a row, each laid the moment the last is taken away]', async () => {
    const made = cards.make(card());
    for (let i = 0; i < 150; i++) {
      const tap = await made.tap(daemon.readers[i % 2]!.socket);
      const shown = await events.card();
      expect((await shown.transmit(selectNdef, 1_000)).length).toBe(2);
      await tap.remove();
    }
  });

  it('end an exchange with its reason [torn] [silent] [answer too long]', async () => {
    const torn = await lay(card({ tearAt: 1 }));
    expect(await faultOf((await events.card()).transmit(selectNdef, 1_000))).toBe('card-gone');
    await torn.out;
    const silent = await lay(card({ silentAt: 1 }));
    const started = performance.now();
    expect(await faultOf((await events.card()).transmit(selectNdef, 300))).toBe('card-timeout');
    expect(performance.now() - started).toBeLessThan(300 + slackMs);
    await silent.remove();
    const long = await lay(card({ oversized: { at: 1, bytes: 4_000 } }));
    expect(await faultOf((await events.card()).transmit(selectNdef, 1_000))).toBe('answer-too-long');
    await long.remove();
    await tapWorks();
  });

  it('come back by themselves within 2 s of the daemon [killed at rest] [killed in a command]', async () => {
    for (const behaviour of [undefined, { silentAt: 1 }]) {
      const tap = await lay(card(behaviour));
      const shown = await events.card();
      const call = behaviour && faultOf(shown.transmit(selectNdef, 5_000));
      await daemon.kill();
      if (call !== undefined) expect(await call).toBe('reader-failed');
      await tap.out;
      await until(() => port.health.state === 'no-daemon');
      await daemon.start();
      const back = performance.now();
      await working();
      expect(performance.now() - back).toBeLessThan(recoveryMs);
      events.clear();
      await tapWorks();
    }
  });

  it('start again the process that drives them when it stops beating [stopped] [killed]', async () => {
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
      const before = port.health.restarts;
      process.kill(port.childPid!, signal);
      await until(() => port.health.restarts > before, recoveryMs + slackMs);
      await working();
      events.clear();
      await tapWorks();
    }
  });

  it('tell of a card again that lies there while they were away', async () => {
    const tap = await lay(card());
    await events.card();
    process.kill(port.childPid!, 'SIGKILL');
    // Of the empty reader beside it an end may be told first; of this one none, since the card has not left.
    const again = await events.card(recoveryMs + slackMs);
    expect(again.reader.startsWith('Lanyard Virtual A')).toBe(true);
    await tap.remove();
    await events.gone();
  });

  it('leave a reader alone whose driver hangs, use the others, and are whole with the next daemon', async () => {
    const tap = await lay(card({ hangAt: 1 }));
    const hung = await events.card();
    expect(await faultOf(hung.transmit(selectNdef, 300))).toBe('card-timeout');
    await until(() => port.health.readers.some(({ state }) => state === 'stuck'), 8_000);
    await tapWorks(1);
    await daemon.kill();
    await tap.out;
    await daemon.start();
    await working();
    expect(port.health.readers.every(({ state }) => state === 'ready')).toBe(true);
    events.clear();
    await tapWorks();
  });

  it('take the readers that are named and no others', async () => {
    await port.close();
    await open(['Lanyard Virtual B']);
    await working(1);
    await (await lay(card(), 0)).remove();
    const shown = await tapWorks(1);
    expect(shown.reader.startsWith('Lanyard Virtual B')).toBe(true);
  });

  it('wait for a daemon that is not there yet', async () => {
    await port.close();
    await daemon.kill();
    await open();
    await until(() => port.health.state === 'no-daemon');
    await daemon.start();
    await working();
    await tapWorks();
  });

  it('give back noise as it is: what a card says is for others to judge', async () => {
    const tap = await lay(card({ noiseAt: 1, status: { at: 2, word: 0x6f00 } }));
    const shown = await events.card();
    expect((await shown.transmit(selectNdef, 1_000)).length).toBe(2);
    expect(Buffer.from(await shown.transmit(randomBytes(5), 1_000)).toString('hex')).toBe('6f00');
    await tap.remove();
  });
});

describe('card readers without a binding', () => {
  it('say so, and are not started again and again', async () => {
    const port = superviseReaders({
      ...{ binding: 'no-such-package' as 'smartcard', readers: 'all', childModule, onRestart: () => {} },
    });
    await until(() => port.health.state === 'not-installed');
    expect(port.health.restarts).toBe(0);
    await port.close();
  });
});
