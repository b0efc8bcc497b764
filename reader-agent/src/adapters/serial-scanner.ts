import { SerialPort } from 'serialport';
import { createScannerLines, type ScannerEvent } from '../domain/scanner-lines.js';

export type ScannerState = 'none' | 'connected' | 'lost';

const reopenAfterMs = 1000;

/** Reads a serial scanner (8N1) and opens it again every second while it is away. */
export function openSerialScanner(options: {
  path: string;
  baudRate: number;
  nowMs: () => number;
  onEvent: (event: ScannerEvent) => void;
  onState: (state: ScannerState) => void;
}): { readonly state: ScannerState; close(): Promise<void> } {
  let state: ScannerState = 'lost';
  let port: SerialPort | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const change = (next: ScannerState) => {
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
    close: () =>
      new Promise((resolve) => {
        closed = true;
        clearTimeout(timer);
        if (port?.isOpen === true) port.close(() => resolve());
        else resolve();
      }),
  };
}
