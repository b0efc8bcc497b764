import { answerRoomBytes, type OpenBinding, type PcscCard, scard } from './pcsc-binding.js';

/** What we use of the package `nfc-pcsc`; typed here because it is optional, may be missing, and has no types. */
interface NfcPackage {
  readonly NFC: new () => { on(event: 'reader', listener: (reader: Reader) => void): void } & Failing;
}
interface Failing {
  on(event: 'error', listener: (error: Error) => void): void;
}
interface Reader extends Failing {
  readonly name: string;
  autoProcessing: boolean;
  card: object | null;
  connection: object | null;
  /** The reader of @pokusew/pcsclite below. */
  readonly reader: NativeReader;
  connect(): Promise<unknown>;
  transmit(command: Buffer, room: number): Promise<Buffer>;
  on(event: 'end', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
}
interface NativeReader {
  connected: boolean;
  disconnect(disposition: number, done: (error?: Error | null) => void): void;
  removeAllListeners(event: 'status'): void;
  on(event: 'status', listener: (status: { state: number; atr?: Buffer }) => void): void;
}

const packageName: string = 'nfc-pcsc';

/**
 * PC/SC through `nfc-pcsc`. Its own handling of taps is replaced by ours: it throws the error of a failed connect away
 * (`emit(err)` names an event after it), wants one AID for all cards, and reads UIDs, which give no rights here.
 * Its constructor never returns while the daemon is away (pokusew/nfc-pcsc#84), which is why it runs in a process
 * that is watched.
 */
export const openNfcPcsc: OpenBinding = async (on) => {
  const loaded = (await import(packageName)) as NfcPackage | { default: NfcPackage };
  const { NFC } = 'default' in loaded ? loaded.default : loaded;
  const nfc = new NFC();
  const readers = new Map<string, Reader>();
  nfc.on('error', (error) => on.failed(error.message));
  nfc.on('reader', (reader) => {
    readers.set(reader.name, reader);
    reader.autoProcessing = false;
    reader.on('error', (error) => on.failed(error.message));
    reader.on('end', () => {
      readers.delete(reader.name);
      on.vanished(reader.name);
    });
    reader.reader.removeAllListeners('status');
    reader.reader.on('status', ({ state, atr }) => on.state(reader.name, state, atr ?? new Uint8Array()));
  });

  return {
    async connect(name): Promise<PcscCard> {
      const reader = readers.get(name);
      if (reader === undefined) throw new Error('reader removed');
      reader.card = {};
      await reader.connect();
      return {
        transmit: (command) => reader.transmit(command, answerRoomBytes),
        disconnect: () =>
          new Promise((resolve) => {
            reader.card = null;
            reader.connection = null;
            reader.reader.disconnect(scard.leaveCard, () => {
              // After a failed disconnect it would take the next card for the one it still holds.
              reader.reader.connected = false;
              resolve();
            });
          }),
      };
    },
  };
};
