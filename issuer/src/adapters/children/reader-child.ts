import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Refusal } from '@lanyard/platform';

/** A job came to nothing because of what was read: it took too long, too much memory, or ended the process. */
export class ReaderChildError extends Error {
  override readonly name = 'ReaderChildError';
  constructor(readonly code: 'reader-timeout' | 'reader-memory' | 'reader-died') {
    super(code);
  }
}

export interface ReaderChild<Job, Answer> {
  /** One at a time, in order. @throws {ReaderChildError}, Refusal `dependency-unavailable` where too many wait */
  run(job: Job): Promise<Answer>;
  close(): Promise<void>;
}

const WATCH_EVERY_MS = 50;
const PAGE_BYTES = 4096;
const QUEUE_AT_MOST = 64;
/** Between jobs it ends, so that a service that reads nothing has no process for it. */
const IDLE_MS = 20_000;

/** The compiled module of a child, also where this service runs from its sources. */
export const childModule = (name: string): URL =>
  new URL(
    import.meta.url.endsWith('.ts') ? `../../../dist/adapters/children/${name}.js` : `./${name}.js`,
    import.meta.url,
  );

/**
 * Reads what strangers made in a process of its own: without our environment, keys or connections, with a limit on
 * time, heap and resident memory. It is killed where it exceeds one, and started anew for the next job.
 */
export function createReaderChild<Job, Answer>(options: {
  module: URL;
  heapMb: number;
  residentMb: number;
  timeoutMs: number;
}): ReaderChild<Job, Answer> {
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  function start(): ChildProcess {
    const started = fork(options.module, [], {
      cwd: tmpdir(),
      env: {},
      execArgv: [`--max-old-space-size=${options.heapMb}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    started.on('error', () => {});
    started.once('exit', () => {
      if (child === started) child = undefined;
    });
    return started;
  }

  function runNow(job: Job): Promise<Answer> {
    clearTimeout(idle);
    child ??= start();
    const worker = child;
    return new Promise<Answer>((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(limit);
        clearInterval(watch);
        worker.off('message', hear);
        worker.off('exit', died);
        idle = setTimeout(() => worker.kill('SIGKILL'), IDLE_MS);
        idle.unref();
        settle();
      };
      const give = (code: ReaderChildError['code']) => {
        if (child === worker) child = undefined;
        worker.kill('SIGKILL');
        end(() => reject(new ReaderChildError(code)));
      };
      const hear = (message: unknown) => end(() => resolve(message as Answer));
      const died = () => give('reader-died');
      const limit = setTimeout(() => give('reader-timeout'), options.timeoutMs);
      const watch = setInterval(() => {
        if (residentBytes(worker.pid) > options.residentMb * 1024 * 1024) give('reader-memory');
      }, WATCH_EVERY_MS);
      worker.on('message', hear);
      worker.on('exit', died);
      worker.send(job as object, (error) => error && died());
    });
  }

  return {
    run(job) {
      if (waiting >= QUEUE_AT_MOST) return Promise.reject(new Refusal('dependency-unavailable'));
      waiting += 1;
      const mine = last.then(() => runNow(job));
      last = mine.catch(() => {});
      return mine.finally(() => {
        waiting -= 1;
      });
    },
    async close() {
      clearTimeout(idle);
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGKILL');
      await ended;
    },
  };
}

/** Where the system does not tell, the heap limit has to do. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1] ?? 0) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
