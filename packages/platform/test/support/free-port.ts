import { createServer } from 'node:net';

/**
 * Ports below those the kernel gives to outgoing connections (32768 and up on Linux) and below the installations of the
 * end-to-end tests (20000 and up): a port of the kernel's choice can be somebody's connection before the process it was
 * meant for has started.
 */
const [FIRST, COUNT] = [12_000, 8_000];

/** A port that nobody listens on now, and that no connection takes meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
}

/** Whether something could listen there now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, 'localhost', () => probe.close(() => resolve(true)));
  });
}
