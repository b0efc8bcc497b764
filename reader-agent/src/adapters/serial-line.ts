import { SerialPort } from 'serialport';
import { createScannerLines, type ScannerEvent } from '../domain/scanner-lines.js';

export type SerialLineState = 'connected' | 'lost';

export interface SerialLine {
  readonly state: SerialLineState;
  /** What is said while the device is away is lost. */
  send(bytes: Uint8Array): void;
  close(): Promise<void>;
}

const reopenAfterMs = 1000;

/** A serial device (8N1) that says lines and is told bytes, opened again every second while it is away. */
export function openSerialLine(options: {
  path: string;
  baudRate: number;
  nowMs: () => number;
  onEvent: (event: ScannerEvent) => void;
  onState: (state: SerialLineState) => void;
}): SerialLine {
  let state: SerialLineState = 'lost';
  let port: SerialPort | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const change = (next: SerialLineState) => {
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
      for (const event of lines(chunk, options.nowMs())) options.onEvent(event);
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
        // What was said last still has to leave: a door rests in it.
        port.drain(() => port?.close(() => resolve()));
      }),
  };
}
