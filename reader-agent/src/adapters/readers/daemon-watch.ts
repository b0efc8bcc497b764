import { connect, type Socket } from 'node:net';

/** Where pcscd listens; the variable is pcsclite's own. */
export const daemonSocket = process.env['PCSCLITE_CSOCK_NAME'] ?? '/run/pcscd/pcscd.comm';

const askAgainMs = 40;

/**
 * Resolves once the daemon takes connections, and keeps one open that is never used: its end is the daemon's end, seen
 * at once and whatever the binding is doing.
 */
export async function watchDaemon(onAway: () => void, onEnd: () => void): Promise<void> {
  for (let first = true; ; first = false) {
    const socket = await reach();
    if (socket !== undefined) {
      socket.on('error', () => {});
      socket.once('close', onEnd);
      socket.resume();
      return;
    }
    if (first) onAway();
    await new Promise((resolve) => setTimeout(resolve, askAgainMs));
  }
}

function reach(): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(daemonSocket);
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
