import { type ChildProcess, spawn } from 'node:child_process';

export interface RunningProgram {
  /** What it has printed so far, both streams. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts a program and waits until `url` answers anything at all. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { url: string; cwd: string; environment?: Record<string, string>; withinMs?: number },
): Promise<RunningProgram> {
  const child: ChildProcess = spawn(command, args, {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Apache ends its whole process group: that must not be the one of the tests.
    detached: true,
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString('utf8')).slice(-20_000);
    });
  const program: RunningProgram = {
    output: () => printed,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      await gone;
    },
  };
  const until = Date.now() + (options.withinMs ?? 20_000);
  while (Date.now() < until && child.exitCode === null) {
    const answered = await fetch(options.url, { redirect: 'manual' }).then(
      () => true,
      () => false,
    );
    if (answered) return program;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await program.stop();
  throw new Error(`${command} did not come up at ${options.url}:\n${printed.slice(-3_000)}`);
}
