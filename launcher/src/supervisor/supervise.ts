import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** A process to keep alive. */
export interface ProcessPlan {
  name: string;
  entry: string;
  nodeFlags: readonly string[];
  environment: Record<string, string>;
  /** Answers 200 when the process can work. */
  readyUrl: string;
}

export interface Supervisor {
  /** Starts a process and keeps it alive; resolves when it is ready for the first time. */
  start(plan: ProcessPlan): Promise<void>;
  /** Ends all in the reverse order of their start. */
  stop(): Promise<void>;
  pids(): Record<string, number>;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5_000;
const STOP_AFTER_MS = 8_000;
const READY_WITHIN_MS = 60_000;

/** Restarts what dies: at once when it had come up, with doubling pauses when it dies before it listens. */
export function createSupervisor(options: {
  logFolder: string;
  report: (line: string) => void;
  /** Told whenever a process started. */
  onPids: (pids: Record<string, number>) => void;
}): Supervisor {
  mkdirSync(options.logFolder, { recursive: true });
  const running: { plan: ProcessPlan; child: ChildProcess | undefined }[] = [];
  let stopping = false;

  const pids = () =>
    Object.fromEntries(
      running.flatMap(({ plan, child }) => (child?.pid === undefined ? [] : [[plan.name, child.pid]])),
    );

  function launch(entry: (typeof running)[number], delayMs: number): void {
    let listened = false;
    const { plan } = entry;
    const child = spawn(process.execPath, [...plan.nodeFlags, plan.entry], {
      env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...inherited(), ...plan.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    entry.child = child;
    options.onPids(pids());
    const log = createWriteStream(join(options.logFolder, `${plan.name}.log`), { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.on('message', () => {
      listened = true;
    });
    child.once('exit', (code, signal) => {
      log.end();
      entry.child = undefined;
      if (stopping) return;
      const next = listened ? FIRST_DELAY_MS : delayMs;
      options.report(`${plan.name} ended (${signal ?? code}); starting it again in ${next} ms`);
      setTimeout(() => {
        if (!stopping) launch(entry, Math.min(next * 2, LONGEST_DELAY_MS));
      }, next);
    });
  }

  return {
    async start(plan) {
      const entry = { plan, child: undefined };
      running.push(entry);
      launch(entry, FIRST_DELAY_MS);
      await waitUntilReady(plan);
    },
    async stop() {
      stopping = true;
      for (const { child } of running.reverse()) if (child !== undefined) await end(child);
    },
    pids,
  };
}

/** What a test may set for all processes: libfaketime moves the time of whole processes. */
function inherited(): Record<string, string> {
  const names = [
    'LD_PRELOAD',
    'FAKETIME',
    'FAKETIME_NO_CACHE',
    'FAKETIME_TIMESTAMP_FILE',
    'NODE_EXTRA_CA_CERTS',
    'HOME',
    'LANG',
  ];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

async function waitUntilReady(plan: ProcessPlan): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  while (Date.now() < until) {
    const answer = await fetch(plan.readyUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  throw new Error(`${plan.name} did not become ready within ${READY_WITHIN_MS / 1000} s; its log says why.`);
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_AFTER_MS);
  await gone;
  clearTimeout(timer);
}
