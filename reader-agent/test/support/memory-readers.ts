import { CardFault, type CardFaultCode, type ReaderEvent, type ReaderPort } from '../../src/domain/reader-port.js';

/** A card as bytes in, bytes out; what it throws as a fault is one. */
export interface MemoryCard {
  readonly atr?: Uint8Array;
  transmit(command: Uint8Array): Uint8Array | CardFaultCode;
}

/** A reader port without readers, for suites that need no daemon. `commands` is what the last card was sent. */
export function createMemoryReaders(reader = 'Memory 1') {
  const listeners = new Set<(event: ReaderEvent) => void>();
  const commands: Buffer[] = [];
  const port: ReaderPort = {
    health: { state: 'working', readers: [{ name: reader, state: 'ready' }], restarts: 0 },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {},
  };
  const event = (card: MemoryCard): ReaderEvent => ({
    kind: 'card',
    card: {
      reader,
      ...{ answeringMs: 0, channelMs: 0 },
      atr: card.atr ?? Uint8Array.of(0x3b, 0x80, 0x80, 1, 1),
      async transmit(command) {
        commands.push(Buffer.from(command));
        const answer = card.transmit(command);
        if (typeof answer === 'string') throw new CardFault(answer);
        return answer;
      },
    },
  });
  return {
    port,
    commands,
    event,
    tap(card: MemoryCard): void {
      commands.length = 0;
      for (const listener of listeners) listener(event(card));
    },
    remove(): void {
      for (const listener of listeners) listener({ kind: 'card-gone', reader });
    },
  };
}
