import { answerRoomBytes, type OpenBinding, type PcscCard, scard } from './pcsc-binding.js';

/** What we use of the package `smartcard`; typed here because it is optional and may be missing. */
interface SmartcardPackage {
  readonly Context: new () => Context;
}
interface ReaderState {
  readonly name: string;
  readonly state: number;
  readonly atr?: Buffer | null;
}
interface Context {
  listReaders(): readonly (ReaderState & { connect(share: number, protocol: number): Promise<NativeCard> })[];
  /** Resolves with null when cancelled, with nothing at the time limit. */
  waitForChange(readers: readonly ReaderState[], timeoutMs: number): Promise<readonly ReaderState[] | null>;
  close(): void;
}
interface NativeCard {
  transmit(command: Buffer, options: { maxRecvLength: number }): Promise<Buffer>;
  disconnect(disposition: number): void;
}

const packageName: string = 'smartcard';
const pnp = '\\\\?PnP?\\Notification';
const lookAgainMs = 30_000;
const changedBit = 2;

/**
 * PC/SC through `smartcard`. Its event class `Devices` and its `ReaderMonitor` are passed by: the first connects to
 * one reader after the other, so that one that hangs stops all; the second drops the count of events, so that a card
 * taken away and laid back between two looks is missed. Contexts are one for looking and one for each reader, since
 * pcsclite lets a context do one thing at a time.
 */
export const openSmartcard: OpenBinding = async (on) => {
  const loaded = (await import(packageName)) as SmartcardPackage | { default: SmartcardPackage };
  const { Context } = 'default' in loaded ? loaded.default : loaded;
  const looking = new Context();
  const contexts = new Map<string, Context>();

  function appeared(states: Map<string, ReaderState>): void {
    const now = looking.listReaders();
    for (const name of [...states.keys()].filter((known) => now.every((reader) => reader.name !== known))) {
      states.delete(name);
      contexts.get(name)?.close();
      contexts.delete(name);
      on.vanished(name);
    }
    for (const { name } of now) {
      if (states.has(name)) continue;
      states.set(name, { name, state: 0 });
      contexts.set(name, new Context());
    }
  }

  async function look(): Promise<void> {
    const states = new Map<string, ReaderState>();
    let pnpState = 0;
    for (;;) {
      appeared(states);
      const asked = [...states.values(), { name: pnp, state: pnpState }];
      for (const { name, state, atr } of (await looking.waitForChange(asked, lookAgainMs)) ?? []) {
        const kept = (state & ~changedBit) >>> 0;
        if (name === pnp) pnpState = kept;
        else if (states.get(name)?.state !== kept) {
          states.set(name, { name, state: kept });
          on.state(name, kept, atr ?? new Uint8Array());
        }
      }
    }
  }
  void look().catch((error: unknown) => on.failed(error instanceof Error ? error.message : 'unknown'));

  return {
    async connect(name): Promise<PcscCard> {
      const reader = contexts
        .get(name)
        ?.listReaders()
        .find((candidate) => candidate.name === name);
      if (reader === undefined) throw new Error('reader removed');
      const card = await reader.connect(scard.shareShared, scard.anyProtocol);
      return {
        transmit: (command) => card.transmit(command, { maxRecvLength: answerRoomBytes }),
        disconnect: async () => card.disconnect(scard.leaveCard),
      };
    },
  };
};
