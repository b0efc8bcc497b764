import { spawn } from 'node:child_process';
import type { Command } from './command.js';

const entry = new URL('../../../bench/dist/main.js', import.meta.url).pathname;

/** Runs the benches in a process of their own; one JSON line per figure on standard output. */
export const bench: Command = {
  usage: 'bench [NAME]',
  async run(context) {
    const child = spawn(process.execPath, [entry, ...context.positional.slice(0, 1)], {
      stdio: 'inherit',
      env: context.environment,
    });
    const status = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
    return { data: undefined, text: '', failed: status !== 0 };
  },
};
