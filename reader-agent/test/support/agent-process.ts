import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const operatorToken = 'operator-token-for-tests-only';

export interface Answer {
  n: number;
  verdict: string;
  reason: string | null;
  held: boolean;
  marks: string[];
  portrait_url?: string;
}

export interface StatusAnswer {
  enrolment: string;
  network: string;
  scanner: string;
  package_sequence: number | null;
  freshness: { level: string };
  readers: { state: string; restarts: number; readers: { name: string; state: string }[] } | null;
  taps: Record<
    'phone' | 'campus_card',
    Record<'p50_ms' | 'p99_ms' | 'own_p50_ms' | 'own_p99_ms', number | null> &
      Record<'card' | 'channel' | 'journal' | 'deciding', Record<'p50_ms' | 'p99_ms', number | null>>
  > & {
    decided: number;
    torn: number;
  };
  mode: string;
  challenge: string | null;
  door: { line: string; state: string };
  peers: { listed: number; heard: number };
  journal: { whole: boolean; end: number; accepted_up_to: number };
}

/** A folder with all an agent owns. */
export function createAgentHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'lanyard-agent-'));
  mkdirSync(join(home, 'store'));
  writeFileSync(join(home, 'operator.digest'), createHash('sha256').update(operatorToken).digest('hex'));
  return home;
}

/** A real agent process, built before; resolves once it listens. */
export async function startAgent(options: {
  port: number;
  home: string;
  verifierUrl: string;
  scanner?: string;
  keyFile?: string;
  fakeTime?: string;
  environment?: Record<string, string>;
}) {
  const { port, home } = options;
  const output: string[] = [];
  const started = performance.now();
  // As the launcher starts it.
  const flags = ['--enable-source-maps', '--max-semi-space-size=1', '--max-old-space-size=128'];
  const child: ChildProcess = spawn(process.execPath, [...flags, main], {
    env: {
      ...{ PATH: process.env['PATH'], TZ: 'UTC', LANYARD_PORT: String(port), LANYARD_STORE: join(home, 'store') },
      LANYARD_KEY_FILE: options.keyFile ?? join(home, 'key'),
      LANYARD_VERIFIER_URL: options.verifierUrl,
      ...{ LANYARD_ENROLMENT_CODE: 'TESTCODE', LANYARD_SCANNER: options.scanner ?? '' },
      LANYARD_OPERATOR_TOKEN_DIGEST_FILE: join(home, 'operator.digest'),
      ...options.environment,
      ...(options.fakeTime
        ? { LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1', FAKETIME: options.fakeTime }
        : {}),
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', (data: Buffer) => output.push(data.toString()));
  child.stderr?.on('data', (data: Buffer) => output.push(data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = `http://localhost:${port}`;
  const call = async (path: string, init?: RequestInit) => fetch(url + path, init);
  const post = async (path: string, body: unknown, headers: Record<string, string>): Promise<Response> =>
    call(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    ...{ url, child, ended, call, post, output: () => output.join('') },
    async ready(): Promise<number> {
      const gone = ended.then((code) => Promise.reject(new Error(`the agent ended: ${code ?? child.signalCode}`)));
      try {
        await Promise.race([until(async () => (await call('/readyz')).ok, 40_000), gone]);
      } catch (cause) {
        throw new Error(`the agent is not ready; it wrote: ${output.join('').slice(-3_000)}`, { cause });
      }
      return performance.now() - started;
    },
    decide: async (code: string): Promise<Answer> =>
      (await (await post('/v1/decisions', { code }, { Authorization: `Bearer ${operatorToken}` })).json()) as Answer,
    camera: async (code: string): Promise<Answer> =>
      (await (await post('/v1/codes', { code, source: 'camera' }, { Origin: url })).json()) as Answer,
    status: async () => (await (await call('/v1/status')).json()) as StatusAnswer,
    kill: (signal: NodeJS.Signals) => {
      child.kill(signal);
      return ended;
    },
  };
}
export type Agent = Awaited<ReturnType<typeof startAgent>>;
