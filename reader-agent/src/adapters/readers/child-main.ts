/**
 * The process that drives card readers, apart from the agent because a binding of PC/SC may hang or crash it. Started
 * with `child_process.fork`; it lives as long as its parent and as the daemon it found, and is ended without asking.
 */
import { createCardSlots } from './card-slots.js';
import type { ChildOptions, FromChild, ToChild } from './child-messages.js';
import { watchDaemon } from './daemon-watch.js';
import { openNfcPcsc } from './nfc-pcsc-binding.js';
import type { PcscBinding } from './pcsc-binding.js';
import { openSmartcard } from './smartcard-binding.js';

const beatMs = 50;
const { binding: name, readers, stuckAfterMs, opening } = JSON.parse(process.argv[2] ?? '{}') as ChildOptions;

/** Exit handlers would wait for threads of the binding that may never come back. */
function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new TypeError('not reached');
}
process.on('disconnect', die);
process.on('uncaughtException', die);
const say = (message: FromChild) => process.send?.(message, undefined, undefined, (error) => error && die());
const wanted = (reader: string) => readers === 'all' || readers.some((start) => reader.startsWith(start));

setInterval(() => say({ kind: 'beat' }), beatMs);
try {
  await import(name);
  await drive();
} catch (error) {
  // A package that is not there, or whose compiled half is not: nothing that starting again would mend.
  const text = error instanceof Error ? error.message : '';
  if (!/Cannot find|bindings file|shared object|NODE_MODULE_VERSION/i.test(text)) die();
  say({ kind: 'state', state: 'not-installed' });
}

async function drive(): Promise<void> {
  await watchDaemon(() => say({ kind: 'state', state: 'no-daemon' }), die);
  const open = { smartcard: openSmartcard, 'nfc-pcsc': openNfcPcsc }[name];
  let opened: (binding: PcscBinding) => void = () => {};
  const slots = createCardSlots({
    binding: new Promise((resolve) => {
      opened = resolve;
    }),
    stuckAfterMs,
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    on: {
      reader: (reader, there) => say({ kind: 'reader', reader, there }),
      card(reader, card, atr) {
        say({ kind: 'card', reader, card, atr });
        // The agent would ask for this first: spares the way there and back.
        if (opening !== undefined) transmit({ call: -card, reader, card, command: Buffer.from(opening, 'hex') });
      },
      mute: (reader) => say({ kind: 'mute', reader }),
      gone: (reader) => say({ kind: 'gone', reader }),
      stuck: (reader, stuck) => say({ kind: 'stuck', reader, stuck }),
    },
  });
  function transmit({ call, reader, card, command }: ToChild): void {
    const sentMs = performance.now();
    void slots
      .transmit(reader, card, command)
      .then((answer) => say({ kind: 'answer', call, answer, ms: performance.now() - sentMs }));
  }
  process.on('message', transmit);
  opened(
    await open({
      state: (reader, state, atr) => wanted(reader) && slots.state(reader, state, atr),
      vanished: slots.vanished,
      failed: die,
    }),
  );
  say({ kind: 'state', state: 'working' });
}
