import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../until.js';
import { answers, driverPath } from './build.js';

export const pcscdPath = '/usr/sbin/pcscd';
const daemonSocket = '/run/pcscd/pcscd.comm';

/** A real pcscd in the foreground with virtual readers; only the process started here is ever ended. */
export interface VirtualReaders {
  /** Beginnings of the readers' names, and where their cards connect. */
  readonly readers: readonly { readonly name: string; readonly socket: string }[];
  readonly pid: number;
  /** kill -9; its sockets go with it. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** One daemon per machine: it is an error when another one runs here. */
export async function startVirtualReaders(count = 1): Promise<VirtualReaders> {
  if (await answers(daemonSocket)) throw new Error('another pcscd runs on this machine; these tests need their own');
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-pcsc-'));
  const conf = join(folder, 'reader.conf.d');
  mkdirSync(conf);
  const readers = Array.from({ length: count }, (_, i) => ({
    name: `Lanyard Virtual ${String.fromCharCode(65 + i)}`,
    socket: join(folder, `reader-${i}`),
  }));
  for (const [i, { name, socket }] of readers.entries()) {
    const lines = [
      `FRIENDLYNAME "${name}"`,
      `DEVICENAME /dev/null:${socket}`,
      `LIBPATH ${driverPath}`,
      `CHANNELID ${i}`,
    ];
    writeFileSync(join(conf, `reader-${i}`), `${lines.join('\n')}\n`);
  }
  let child: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();

  async function start(): Promise<void> {
    for (const { socket } of readers) rmSync(socket, { force: true });
    child = spawn(pcscdPath, ['--foreground', '--config', conf, '--critical'], { stdio: 'ignore' });
    ended = new Promise((resolve) => child?.once('exit', resolve));
    await until(async () => (await answers(daemonSocket)) && readers.every(({ socket }) => existsSync(socket)));
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    child?.kill(signal);
    await ended;
  }
  await start();
  return {
    readers,
    get pid() {
      return child?.pid ?? 0;
    },
    kill: () => end('SIGKILL'),
    start,
    async stop() {
      // SIGKILL too: a driver that hangs on purpose keeps the daemon from ending in good order.
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
