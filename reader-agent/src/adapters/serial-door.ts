import { SerialPort } from 'serialport';
import { createScannerLines } from '../domain/scanner-lines.js';

export type DoorLine = 'none' | 'connected' | 'lost';

const reopenAfterMs = 1000;
/** What a board sends when somebody turns the key in the lock. */
const keyLine = 'KEY';

/** The serial line to a door: frames out, the key switch in; opened again every second while it is away. */
export function openSerialDoor(options: {
  path: string;
  baudRate: number;
  nowMs: () => number;
  onKey: () => void;
  onState: (state: DoorLine) => void;
}): { readonly state: DoorLine; send(bytes: Uint8Array): void; close(): Promise<void> } {
  let state: DoorLine = 'lost';
  let port: SerialPort | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const change = (next: DoorLine) => {
    if (state === next) return;
    state = next;
    options.onState(next);
  };
  const again = () => {
    change('lost');
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(connect, reopenAfterMs);
  };
  function connect(): void {
    const lines = createScannerLines();
    const opened = new SerialPort({ path: options.path, baudRate: options.baudRate, autoOpen: false });
    port = opened;
    opened.on('data', (chunk: Buffer) => {
      for (const event of lines(chunk, options.nowMs()))
        if (event.kind === 'line' && event.text === keyLine) options.onKey();
    });
    opened.on('error', () => opened.isOpen && opened.close());
    opened.on('close', again);
    opened.open((error) => (error ? again() : change('connected')));
  }
  connect();
  return {
    get state() {
      return state;
    },
    send(bytes) {
      if (port?.isOpen === true) port.write(Buffer.from(bytes));
    },
    close: () =>
      new Promise((resolve) => {
        closed = true;
        clearTimeout(timer);
        if (port?.isOpen !== true) return resolve();
        // What was said last still has to leave: it is the state the door rests in.
        port.drain(() => port?.close(() => resolve()));
      }),
  };
}
