import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

/** A pair of pseudo-terminals: the agent opens `device` as its scanner, the test writes what the scanner would send. */
export interface PseudoTerminal {
  readonly device: string;
  send(text: string): Promise<void>;
  /** Everything the agent has written to its end, as hex. */
  received(): string;
  close(): void;
}

export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-pty-'));
  const device = join(folder, 'scanner');
  const far = join(folder, 'far');
  const child: ChildProcess = spawn('socat', [`pty,raw,echo=0,link=${device}`, `pty,raw,echo=0,link=${far}`], {
    stdio: 'ignore',
  });
  await until(() => existsSync(device) && existsSync(far));
  const chunks: Buffer[] = [];
  const reading = createReadStream(far);
  reading.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  reading.on('error', () => {}); // the far end goes with its process
  return {
    device,
    received: () => Buffer.concat(chunks).toString('hex'),
    send: (text) => appendFile(far, text),
    close() {
      reading.destroy();
      child.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
