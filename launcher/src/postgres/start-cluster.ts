import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { findPostgresPrograms } from './find-postgres-programs.js';
import { chooseServerAccount, type ServerAccount } from './server-account.js';

/** A private PostgreSQL cluster of this installation. */
export interface Cluster {
  /** Superuser's address, database `postgres`. */
  url: string;
  process: ChildProcess;
  /** Fast shutdown; resolves when the server has gone. */
  stop(): Promise<void>;
}

/** What keeps a private cluster from starting, with a code for people. */
export class ClusterError extends Error {
  constructor(
    readonly code: 'postgres-not-found' | 'postgres-account-not-found' | 'postgres-start-failed',
    message: string,
  ) {
    super(message);
  }
}

/** Makes the cluster in `folder` when it is not there yet, starts it on `port` of the loopback, waits until it answers. */
export async function startCluster(options: { folder: string; port: number; durable?: boolean }): Promise<Cluster> {
  const { folder, port } = options;
  const programs = findPostgresPrograms();
  if (programs === undefined) {
    throw new ClusterError(
      'postgres-not-found',
      'No PostgreSQL: set DATABASE_URL, or install Debian package postgresql.',
    );
  }
  mkdirSync(folder, { recursive: true });
  const account = chooseServerAccount([dirname(programs.postgres), folder]);
  if (account === undefined) {
    throw new ClusterError(
      'postgres-account-not-found',
      `PostgreSQL does not run as root, and no other account reaches ${folder}: start as another user or set DATABASE_URL.`,
    );
  }
  const data = join(folder, 'data');
  const password = readOrMakePassword(join(folder, 'superuser'));
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(programs.initdb, data, password, account);
  await stopLeftOver(data);
  const settings = [
    'listen_addresses=localhost',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=120',
    'shared_buffers=96MB',
    'timezone=UTC',
    'max_wal_size=2GB',
    'checkpoint_timeout=15min',
    ...(options.durable === false ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
  ];
  const [command, args] = account.command(programs.postgres, ['-D', data, ...settings.flatMap((s) => ['-c', s])]);
  const child = spawn(command, args, { ...account.ids, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const lastLines: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => {
    lastLines.push(chunk.toString());
    if (lastLines.length > 20) lastLines.shift();
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `postgres://lanyard:${password}@localhost:${port}/postgres`;
  if (!(await waitUntilAnswering(url, child))) {
    child.kill('SIGINT');
    throw new ClusterError('postgres-start-failed', `PostgreSQL did not start: ${lastLines.join('').slice(-2000)}`);
  }
  return {
    url,
    process: child,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      await gone;
    },
  };
}

function readOrMakePassword(path: string): string {
  if (!existsSync(path)) writeFileSync(path, randomBytes(18).toString('hex'), { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
}

function initialise(initdb: string, data: string, password: string, account: ServerAccount): void {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = join(data, '..', 'initial-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  account.own(data);
  account.own(passwordFile);
  const [command, args] = account.command(initdb, [
    ...['-D', data, '-U', 'lanyard', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
    ...['--encoding=UTF8', '--locale=C', '--no-sync'],
  ]);
  const result = spawnSync(command, args, { ...account.ids, cwd: '/', encoding: 'utf8' });
  rmSync(passwordFile);
  if (result.status !== 0) {
    rmSync(data, { recursive: true, force: true });
    throw new ClusterError('postgres-start-failed', `initdb failed: ${result.stderr || String(result.error)}`);
  }
  chmodSync(data, 0o700);
}

/** A server left over by a killed launcher still holds the data: end it before a new one starts. */
async function stopLeftOver(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isServerOf(pid, data)) return;
  process.kill(pid, 'SIGINT');
  for (let tries = 0; tries < 200 && existsSync(file); tries += 1) await pause(50);
}

function isServerOf(pid: number, data: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data);
  } catch {
    return false;
  }
}

async function waitUntilAnswering(url: string, child: ChildProcess): Promise<boolean> {
  for (let tries = 0; tries < 300 && child.exitCode === null && child.signalCode === null; tries += 1) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return true;
    } catch {
      await pause(100);
    } finally {
      await client.end().catch(() => {});
    }
  }
  return false;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
