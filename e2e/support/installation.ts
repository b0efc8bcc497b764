import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isFree } from '../../packages/platform/test/support/free-port.js';

const root = new URL('../../', import.meta.url).pathname;

export interface RunFile {
  ready: true;
  services: Record<'wallet' | 'idp' | 'issuer' | 'verifier' | 'campus' | 'admin' | 'reader-agent', string>;
  operator_sign_in: string;
  operator_token_file: string;
}

export interface Installation {
  home: string;
  portBase: number;
  run: RunFile;
  token: string;
  /** Runs `./lanyard … --json` and answers its exit status and JSON. */
  lanyard<T>(...words: string[]): Promise<{ status: number; answer: T }>;
  /** A call with the operator token. */
  operator<T>(service: keyof RunFile['services'], path: string, body?: unknown, method?: string): Promise<T>;
  /** The same at the identity layer itself, which may have a public address of its own. */
  idp<T>(path: string, body?: unknown, method?: string): Promise<T>;
  /** Current process ids by name. */
  pids(): Record<string, number>;
  stop(): Promise<void>;
}

/**
 * A whole installation in a folder and on ports of its own, as `npm start` makes it. More environment may depend on
 * the port base.
 */
export async function startInstallation(
  more: Record<string, string> | ((portBase: number) => Record<string, string>) = {},
): Promise<Installation> {
  const home = mkdtempSync(join(tmpdir(), 'lanyard-e2e-'));
  const portBase = await freePortBase();
  const environment = typeof more === 'function' ? more(portBase) : more;
  const env = {
    ...process.env,
    LANYARD_HOME: home,
    LANYARD_PORT_BASE: String(portBase),
    LANYARD_DEMO_UNIVERSITIES: '0',
    ...environment,
  };
  const child = spawn(process.execPath, ['lanyard', 'up'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  const run = await waitForRun(home, child, lines);
  const token = readFileSync(run.operator_token_file, 'utf8').trim();
  async function callAsOperator<T>(address: URL, body?: unknown, method?: string): Promise<T> {
    const answer = await fetch(address, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${address.pathname}: ${answer.status} ${text}`);
    return text === '' ? (undefined as T) : JSON.parse(text);
  }
  return {
    home,
    portBase,
    run,
    token,
    async lanyard(...words) {
      try {
        const { stdout } = await promisify(execFile)(process.execPath, ['lanyard', ...words, '--json'], {
          cwd: root,
          env,
          maxBuffer: 64 << 20,
        });
        return { status: 0, answer: JSON.parse(stdout) };
      } catch (error) {
        const { code, stdout } = error as { code: number; stdout: string };
        return { status: code, answer: stdout === '' ? undefined : JSON.parse(stdout) };
      }
    },
    operator: (service, path, body, method) => callAsOperator(new URL(path, run.services[service]), body, method),
    idp: (path, body, method) => callAsOperator(new URL(path, `http://localhost:${portBase + 1}`), body, method),
    pids: () => JSON.parse(readFileSync(join(home, 'pids.json'), 'utf8')) as Record<string, number>,
    async stop() {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      await gone;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function waitForRun(home: string, child: ChildProcess, lines: string[]): Promise<RunFile> {
  const path = join(home, 'run.json');
  const until = Date.now() + 180_000;
  while (Date.now() < until) {
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as RunFile;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the installation did not come up:\n${lines.join('').slice(-4000)}`);
}

/** A base whose first sixteen ports are free. */
async function freePortBase(): Promise<number> {
  for (let base = 20_000 + Math.floor(Math.random() * 12_000); ; base += 16) {
    const free = await Promise.all(Array.from({ length: 16 }, (_, offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
}

/** Asks until the answer is as wanted; the time limit is part of what is tested. */
export async function eventually<T>(
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  withinMs: number,
): Promise<{ answer: T; ms: number }> {
  const began = Date.now();
  for (;;) {
    const answer = await ask();
    const ms = Date.now() - began;
    if (wanted(answer)) return { answer, ms };
    if (ms > withinMs) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
